"""What a reference says about the analysed image."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.study import Notice


@dataclass(frozen=True)
class Segment:
    """One region of a reference, on the grid of the analysed volume. Names are left behind: they can identify.

    Attributes:
        is_lesion: a lesion, as opposed to an organ or a planning volume.
        offset: (slice, row, column) of the mask's first voxel in the volume.
        mask: bool [slice, row, column], not empty.
    """

    is_lesion: bool
    offset: tuple[int, int, int]
    mask: NDArray[np.bool_] = field(repr=False)


class ReferenceIgnored(Exception):
    """This reference says nothing that can be used; `notice` tells the owner why."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.code)
        self.notice = notice


UNREADABLE = Notice("REFERENCE_UNREADABLE", "Приложенная разметка повреждена или неполна и не учтена")
UNSUPPORTED = Notice("REFERENCE_UNSUPPORTED", "Приложенная разметка записана в неподдерживаемом виде и не учтена")
OTHER_IMAGE = Notice("REFERENCE_OTHER_IMAGE", "Приложенная разметка относится к другому изображению и не учтена")
OUTSIDE = Notice("REFERENCE_OUTSIDE", "Приложенная разметка пуста или не пересекается с изображением и не учтена")
NOT_BINARY = Notice("REFERENCE_NOT_BINARY", "Приложенная маска NIfTI не двоичная (больше двух значений) и не учтена")
NOT_PARALLEL = Notice(
    "REFERENCE_NOT_PARALLEL", "Контуры приложенной разметки не лежат в плоскостях срезов, и она не учтена"
)
