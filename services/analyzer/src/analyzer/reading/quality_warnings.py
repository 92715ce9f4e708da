"""Warnings about the quality of the images."""

from collections.abc import Mapping

import numpy as np

from analyzer.domain.study import AnalysisWarning
from analyzer.domain.volume import Volume
from analyzer.reading.ignored_files import Reason

UNEVEN_SHARE = 0.01
UNEVEN_MM = 0.01


def quality_warnings(volume: Volume, ignored: Mapping[str, int]) -> list[AnalysisWarning]:
    """Return the warnings about an image and its files, in a fixed order."""
    found = [*_slice_warnings(volume)]
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
