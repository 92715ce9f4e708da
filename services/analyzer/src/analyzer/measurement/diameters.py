"""The two diameters that radiologists read off a slice.

The longest diameter in any slice, and the longest line perpendicular to it in the same slice, are the long and the
short axis of RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009; 45: 228-247) and of the WHO before it.

A pixel is not a point: distances between pixel centres are a pixel short, distances between pixel corners up
to 1.4 pixels long. The outline here runs half-way between the last pixel inside and the first outside, through the
middles of the pixels' edges, which is also where marching squares puts it. One pixel of 1 mm measures 1 mm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

Points = NDArray[np.float64]

TIE_MM = 1e-6
"""Diameters this close are equal; the one with the longer perpendicular counts, so that a mirrored image agrees."""


@dataclass(frozen=True, order=True)
class Diameters:
    """Longest diameter in a slice, and the longest line perpendicular to it, mm."""

    long: float
    short: float


def longest_diameters(mask: NDArray[np.bool_], pixel_spacing: tuple[float, float]) -> Diameters:
    """Measure a mask [slice, row, column] slice by slice; `pixel_spacing` (between columns, between rows) in mm."""
    measured = [_slice_diameters(each, pixel_spacing) for each in mask if each.any()]
    longest = max(each.long for each in measured)
    return max((each for each in measured if each.long > longest - TIE_MM), key=lambda each: each.short)


def _slice_diameters(mask: NDArray[np.bool_], pixel_spacing: tuple[float, float]) -> Diameters:
    outline = _outline(mask) * np.array(pixel_spacing)
    hull: Points = outline[ConvexHull(outline).vertices]
    lines = hull[np.newaxis] - hull[:, np.newaxis]
    lengths = np.hypot(lines[..., 0], lines[..., 1])
    longest = float(lengths.max())
    ends = np.argwhere(np.triu(lengths > longest - TIE_MM))
    return Diameters(longest, max(_perpendicular(hull, start, end) for start, end in ends))


def _outline(mask: NDArray[np.bool_]) -> Points:
    """Middles of the outermost pixel edges of each row and column, (n, 2) as (column, row)."""
    across, down = _extent_of_lines(mask), _extent_of_lines(mask.T)
    return np.concatenate([across, down[:, ::-1]])


def _extent_of_lines(mask: NDArray[np.bool_]) -> Points:
    lines = np.flatnonzero(mask.any(axis=1))
    first = mask[lines].argmax(axis=1) - 0.5
    last = mask.shape[1] - 0.5 - mask[lines, ::-1].argmax(axis=1)
    places = [np.stack([ends, lines.astype(np.float64)], axis=1) for ends in (first, last)]
    return np.concatenate(places)


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
    """How far the polygon reaches on the positive side of the line, at each of its vertices."""
    above = aside >= -TIE_MM
    order = np.argsort(along[above], kind="stable")
    return np.interp(along, along[above][order], np.maximum(aside[above][order], 0))
