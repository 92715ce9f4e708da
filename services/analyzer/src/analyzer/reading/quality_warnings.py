"""Warnings about the quality of the images."""

from collections.abc import Mapping

import numpy as np

from analyzer.domain.study import AnalysisWarning
from analyzer.domain.volume import Volume
from analyzer.reading.ignored_files import Reason

UNEVEN_SHARE = 0.01
UNEVEN_MM = 0.01
LOST_SHARE = 0.1
"""More than one slice in ten is a warning."""
NOT_LOST = frozenset({Reason.OTHER_VOLUME, Reason.DUPLICATE})
"""Slices of a volume that is kept whole, and copies, have a warning of their own."""


def quality_warnings(
    volume: Volume, ignored: Mapping[str, int], left_out: Mapping[Reason, int]
) -> list[AnalysisWarning]:
    """Return the warnings about an image, its files and the slices that it lacks, in a fixed order."""
    found = [*_slice_warnings(volume)]
    if left_out.get(Reason.OTHER_VOLUME):
        found.append(AnalysisWarning.of("SEVERAL_VOLUMES"))
    if _lost(ignored, left_out) > LOST_SHARE * (len(volume.voxels) + _lost(ignored, left_out)):
        found.append(AnalysisWarning.of("SLICES_LEFT_OUT"))
    if ignored.get(Reason.DUPLICATE):
        found.append(AnalysisWarning.of("DUPLICATE_SLICES"))
    if ignored.get(Reason.DAMAGED):
        found.append(AnalysisWarning.of("DAMAGED_FILES"))
    if volume.lossy:
        found.append(AnalysisWarning.of("LOSSY_COMPRESSION"))
    if volume.burned_in:
        found.append(AnalysisWarning.of("BURNED_IN_ANNOTATION"))
    return found


def _slice_warnings(volume: Volume) -> list[AnalysisWarning]:
    if len(volume.voxels) < 2:
        return [AnalysisWarning.of("SINGLE_SLICE")]
    found: list[AnalysisWarning] = []
    deviation = float(np.abs(volume.slice_steps - volume.slice_spacing).max())
    if deviation > max(UNEVEN_MM, UNEVEN_SHARE * volume.slice_spacing):
        found.append(AnalysisWarning.of("UNEVEN_SLICES"))
    if volume.gaps:
        found.append(AnalysisWarning.of("SLICES_MISSING"))
    return found


def _lost(ignored: Mapping[str, int], left_out: Mapping[Reason, int]) -> int:
    """Return the number of slices that are missing from the volume; the series of a damaged file is not known."""
    return ignored.get(Reason.DAMAGED, 0) + sum(count for reason, count in left_out.items() if reason not in NOT_LOST)
