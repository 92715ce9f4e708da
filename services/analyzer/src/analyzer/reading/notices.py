"""What a reader of the result should know of the images."""

from collections.abc import Mapping

import numpy as np

from analyzer.domain.study import Notice
from analyzer.domain.volume import Volume
from analyzer.reading.ignored import Reason

UNEVEN_SHARE = 0.01
UNEVEN_MM = 0.01


def notices_of(volume: Volume, ignored: Mapping[str, int]) -> list[Notice]:
    """Return the warnings that reading gives rise to, always in the same order."""
    found = [*_slice_notices(volume)]
    if ignored.get(Reason.DUPLICATE):
        found.append(Notice("DUPLICATE_SLICES", "Повторяющиеся срезы на одном месте: из каждых взят один."))
    if ignored.get(Reason.DAMAGED):
        found.append(Notice("DAMAGED_FILES", "Часть файлов повреждена и не учтена."))
    if volume.lossy:
        found.append(Notice("LOSSY_COMPRESSION", "Снимки были сжаты с потерями: измерения менее точны."))
    if volume.burned_in:
        found.append(Notice("BURNED_IN_ANNOTATION", "На снимках может быть текст, поэтому картинки не создаются."))
    return found


def _slice_notices(volume: Volume) -> list[Notice]:
    if len(volume.voxels) < 2:
        return [Notice("SINGLE_SLICE", "В серии один срез: объём измерить нельзя.")]
    found: list[Notice] = []
    deviation = float(np.abs(volume.slice_steps - volume.slice_spacing).max())
    if deviation > max(UNEVEN_MM, UNEVEN_SHARE * volume.slice_spacing):
        found.append(Notice("UNEVEN_SLICES", "Расстояния между срезами разные: каждый срез учтён со своей толщиной."))
    if volume.gaps:
        found.append(Notice("SLICES_MISSING", "Между срезами есть пропуски: измерения рядом с ними менее точны."))
    return found
