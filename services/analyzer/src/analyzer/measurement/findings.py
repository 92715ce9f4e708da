"""Measurement of findings on native voxels, inside the bounding box of each region."""

from dataclasses import replace

import numpy as np

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.result import (
    LESION,
    BoundingBox,
    ConfidenceParts,
    Finding,
    Position,
    SliceRange,
    VoxelIndex,
)
from analyzer.domain.volume import Volume
from analyzer.measurement.diameters import longest_diameters
from analyzer.measurement.intensity import hounsfield_in
from analyzer.measurement.moments import moments_of
from analyzer.measurement.regions import slice_counts


def in_reporting_order(volume: Volume, segmentation: Segmentation) -> Segmentation:
    """Drop empty candidates, crop the others to their bounding boxes, sort: lesions, then volume, then position.

    Finding k of `measure_findings` is candidate k of the returned segmentation.
    """
    cropped = [_cropped(candidate) for candidate in segmentation.candidates if candidate.mask.any()]
    return replace(segmentation, candidates=sorted(cropped, key=lambda candidate: _order(volume, candidate)))


def measure_findings(volume: Volume, segmentation: Segmentation) -> list[Finding]:
    """Measure each non-empty region, in reporting order; ids are `finding-1` and so on."""
    candidates = in_reporting_order(volume, segmentation).candidates
    return [_measure(volume, candidate, f"finding-{number}") for number, candidate in enumerate(candidates, start=1)]


def confidence_of(candidate: Candidate) -> float | None:
    """Return score x stability, the score alone without a stability, None without a score."""
    if candidate.score is None:
        return None
    return candidate.score if candidate.stability is None else candidate.score * candidate.stability


def _order(volume: Volume, candidate: Candidate) -> tuple[bool, float, tuple[int, int, int]]:
    first = candidate.offset[0]
    counts = slice_counts(candidate.mask)
    size = float(counts @ volume.voxel_volumes[first : first + len(counts)])
    return candidate.type != LESION, -round(size, 3), candidate.offset


def _cropped(candidate: Candidate) -> Candidate:
    used = [np.flatnonzero(candidate.mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    box = tuple(slice(int(indices[0]), int(indices[-1]) + 1) for indices in used)
    z, y, x = (start + side.start for start, side in zip(candidate.offset, box, strict=True))
    return replace(candidate, offset=(z, y, x), mask=candidate.mask[box])


def _measure(volume: Volume, candidate: Candidate, finding_id: str) -> Finding:
    box = bounding_box(candidate)
    moments = moments_of(candidate.mask, candidate.offset, volume)
    diameters = longest_diameters(candidate.mask, volume.pixel_spacing)
    centre = volume.to_voxels(moments.centroid_lps_mm[np.newaxis])[0]
    return Finding(
        id=finding_id,
        type=candidate.type,
        source=candidate.source,
        volume=moments.volume_mm3,
        volume_mm3=moments.volume_mm3,
        volume_ml=moments.volume_mm3 / 1000,
        confidence=confidence_of(candidate),
        confidence_parts=ConfidenceParts(score=candidate.score, stability=candidate.stability),
        location=nearest_voxel(centre),
        location_voxel=to_position(centre),
        location_lps_mm=to_position(moments.centroid_lps_mm),
        bounding_box_voxel=box,
        slices=SliceRange(first=box.min.z, last=box.max.z),
        long_axis_mm=diameters.long,
        short_axis_mm=diameters.short,
        axes_mm=(float(moments.axes_mm[0]), float(moments.axes_mm[1]), float(moments.axes_mm[2])),
        hu=hounsfield_in(candidate.mask, candidate.offset, volume),
        truncated=_touches_border(box, volume),
        lossy=volume.lossy,
        gap=any(box.min.z <= k < box.max.z for k in volume.gaps),
    )


def bounding_box(candidate: Candidate) -> BoundingBox:
    """Return the first and the last voxel of a candidate that is cropped to its region."""
    first = np.array(candidate.offset[::-1])
    return BoundingBox(min=_voxel(first), max=_voxel(first + candidate.mask.shape[::-1] - 1))


def _touches_border(box: BoundingBox, volume: Volume) -> bool:
    slices, rows, columns = volume.voxels.shape
    at_start = 0 in (box.min.x, box.min.y, box.min.z)
    return at_start or box.max.x == columns - 1 or box.max.y == rows - 1 or box.max.z == slices - 1


def nearest_voxel(point: np.ndarray) -> VoxelIndex:
    """Return the voxel that holds a fractional position (column, row, slice)."""
    return _voxel(np.floor(np.round(point, 3) + 0.5))


def _voxel(index: np.ndarray) -> VoxelIndex:
    return VoxelIndex(x=int(index[0]), y=int(index[1]), z=int(index[2]))


def to_position(point: np.ndarray) -> Position:
    """Return a point (3,) as a field of the result."""
    return Position(x=float(point[0]), y=float(point[1]), z=float(point[2]))
