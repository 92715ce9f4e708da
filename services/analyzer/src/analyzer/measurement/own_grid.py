"""Regions and findings of the canonical volume in the voxel indices of the image's own grid."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analyzer.detection.segmenter import Candidate
from analyzer.domain.canonical_view import CanonicalView
from analyzer.domain.result import Finding, SliceRange
from analyzer.measurement.findings import bounding_box, nearest_voxel, to_position


def candidates_in_own_grid(candidates: Sequence[Candidate], view: CanonicalView) -> list[Candidate]:
    """Return the candidates with offset and mask in the own grid."""
    moved = [view.mask_to_own(candidate.offset, candidate.mask) for candidate in candidates]
    return [
        replace(candidate, offset=offset, mask=mask)
        for candidate, (offset, mask) in zip(candidates, moved, strict=True)
    ]


def findings_in_own_grid(
    findings: Sequence[Finding], candidates: Sequence[Candidate], view: CanonicalView
) -> list[Finding]:
    """Return the findings with voxel indices of the own grid; `candidates` are theirs, in the own grid."""
    return [_in_own_grid(*pair, view) for pair in zip(findings, candidates, strict=True)]


def _in_own_grid(finding: Finding, candidate: Candidate, view: CanonicalView) -> Finding:
    at, box = finding.location_voxel, bounding_box(candidate)
    centre = view.point_to_own(np.array([at.x, at.y, at.z]))
    return finding.model_copy(
        update={
            "location": nearest_voxel(centre),
            "location_voxel": to_position(centre),
            "bounding_box_voxel": box,
            "slices": SliceRange(first=box.min.z, last=box.max.z),
        }
    )
