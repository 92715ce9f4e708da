"""Segments of references on the analysed image, and the warnings about ignored references."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.study import AnalysisWarning


@dataclass(frozen=True)
class Segment:
    """A region of a reference, on the grid of the analysed volume. It has no name: a name can identify the patient.

    Attributes:
        is_lesion: true for a lesion, false for an organ or a planning volume.
        offset: (slice, row, column) of the mask's first voxel in the volume.
        mask: bool [slice, row, column], not empty.
    """

    is_lesion: bool
    offset: tuple[int, int, int]
    mask: NDArray[np.bool_] = field(repr=False)


class ReferenceIgnored(Exception):
    """The reference cannot be used; `warning` is the reason for the owner of the job."""

    def __init__(self, warning: AnalysisWarning) -> None:
        super().__init__(warning.code)
        self.warning = warning


UNREADABLE = AnalysisWarning.of("REFERENCE_UNREADABLE")
UNSUPPORTED = AnalysisWarning.of("REFERENCE_UNSUPPORTED")
OTHER_IMAGE = AnalysisWarning.of("REFERENCE_OTHER_IMAGE")
OUTSIDE = AnalysisWarning.of("REFERENCE_OUTSIDE")
NOT_BINARY = AnalysisWarning.of("REFERENCE_NOT_BINARY")
SEVERAL_VOLUMES = AnalysisWarning.of("REFERENCE_SEVERAL_VOLUMES")
NOT_PARALLEL = AnalysisWarning.of("REFERENCE_NOT_PARALLEL")
