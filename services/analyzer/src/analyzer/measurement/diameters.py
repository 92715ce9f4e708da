"""Long and short axis of a region in axial slices.

The longest diameter in any slice, and the longest line perpendicular to it in the same slice, are the long and the
short axis of RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009; 45: 228-247) and of the earlier WHO criteria.

A pixel has an extent: distances between pixel centres are a pixel too short, distances between pixel corners up to 1.4
pixels too long. The outline here runs through the midpoints of the outer pixel edges, as with marching squares. One
pixel of 1 mm measures 1 mm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

Points = NDArray[np.float64]

TIE_MM = 1e-6
"""Diameters within this tolerance are equal: the longer perpendicular decides, so that mirroring changes nothing."""


@dataclass(frozen=True, order=True)
class Diameters:
    """Longest diameter in a slice, and the longest line perpendicular to it, mm."""

    long: float
    short: float


def longest_diameters(mask: NDArray[np.bool_], pixel_spacing: tuple[float, float]) -> Diameters:
    """Measure a mask [slice, row, column] slice by slice; `pixel_spacing` (between columns, between rows) in mm."""
    measured = [_slice_diameters(plane, pixel_spacing) for plane in mask if plane.any()]
    longest = max(diameters.long for diameters in measured)
    return max((diameters for diameters in measured if diameters.long > longest - TIE_MM), key=lambda tied: tied.short)


def _slice_diameters(mask: NDArray[np.bool_], pixel_spacing: tuple[float, float]) -> Diameters:
    outline = _outline(mask) * np.array(pixel_spacing)
    hull: Points = outline[ConvexHull(outline).vertices]
    lines = hull[np.newaxis] - hull[:, np.newaxis]
    lengths = np.hypot(lines[..., 0], lines[..., 1])
    longest = float(lengths.max())
    ends = np.argwhere(np.triu(lengths > longest - TIE_MM))
    return Diameters(longest, max(_perpendicular(hull, start, end) for start, end in ends))


def _outline(mask: NDArray[np.bool_]) -> Points:
    """Midpoints of the outermost pixel edges of each row and column, (n, 2) as (column, row)."""
    across, down = _edge_midpoints(mask), _edge_midpoints(mask.T)
    return np.concatenate([across, down[:, ::-1]])


def _edge_midpoints(mask: NDArray[np.bool_]) -> Points:
    lines = np.flatnonzero(mask.any(axis=1))
    first = mask[lines].argmax(axis=1) - 0.5
    last = mask.shape[1] - 0.5 - mask[lines, ::-1].argmax(axis=1)
    points = [np.stack([ends, lines.astype(np.float64)], axis=1) for ends in (first, last)]
    return np.concatenate(points)


def _perpendicular(hull: Points, start: int, end: int) -> float:
    """Longest chord of a convex polygon perpendicular to the line between two of its vertices.

    The length of the chord is a concave function along the line, linear between vertices, so its maximum is at one.
    """
    line = hull[end] - hull[start]
    unit = line / np.hypot(line[0], line[1])
    along = (hull - hull[start]) @ unit
    aside = (hull - hull[start]) @ np.array([-unit[1], unit[0]])
    return float((_height(along, aside) + _height(along, -aside)).max())


def _height(along: Points, aside: Points) -> Points:
    """Distance of the polygon from the line on its positive side, at the position of each vertex."""
    above = aside >= -TIE_MM
    order = np.argsort(along[above], kind="stable")
    return np.interp(along, along[above][order], np.maximum(aside[above][order], 0))
