"""Slices on one grid in the order of their positions, and what the positions say about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzer.reading.images import Image
from analyzer.reading.planes import Plane

SAME_POSITION_MM = 0.01
EVEN_SHARE = 0.1
"""Distances within this share of the median count as equal."""
CONTIGUOUS_STEPS = 1.5
"""Neighbours further apart than this many steps have a gap between them."""
REGULAR_SHARE = 0.8
ALTERNATING_STEPS = 4

Floats = NDArray[np.float64]
Interval = tuple[float, float]


class Slice(NamedTuple):
    """A frame of an image file."""

    image: Image
    plane: Plane


@dataclass(frozen=True)
class Stack:
    """Slices on one grid, ascending along the normal; several may have the same position.

    Attributes:
        slices: the frames.
        positions: (slices,), mm along the normal, ascending.
    """

    slices: Sequence[Slice] = field(repr=False)
    positions: Floats

    @classmethod
    def of(cls, slices: Sequence[Slice]) -> "Stack":
        """Sort slices by position, then by what does not depend on the order of the files."""
        along = _along_normal(slices)
        order = sorted(range(len(slices)), key=lambda k: (float(along[k]), *precedence(slices[k])))
        return cls([slices[k] for k in order], along[order])

    def part(self, indices: Sequence[int] | NDArray[np.intp]) -> "Stack":
        """Return the slices at ascending indices."""
        return Stack([self.slices[int(k)] for k in indices], self.positions[np.asarray(indices, dtype=np.intp)])

    @cached_property
    def levels(self) -> NDArray[np.intp]:
        """(slices,), number of each slice's position among the different ones."""
        return np.cumsum(np.diff(self.positions, prepend=self.positions[0]) >= SAME_POSITION_MM, dtype=np.intp)

    @cached_property
    def steps(self) -> Floats:
        """Distances between different neighbouring positions, mm."""
        return np.diff(self.positions[np.unique(self.levels, return_index=True)[1]])

    @property
    def step(self) -> float:
        """Median distance between different positions, mm; infinite for one position."""
        return float(np.median(self.steps)) if len(self.steps) else float("inf")

    @property
    def has_collisions(self) -> bool:
        """Whether two slices have the same position."""
        return bool(self.levels[-1] + 1 < len(self.slices))

    @property
    def is_even(self) -> bool:
        """Whether all distances are multiples of one step: slices may be missing, none lies in between."""
        multiples = self.steps / self.step
        return bool(np.all(np.abs(multiples - np.maximum(np.rint(multiples), 1)) <= EVEN_SHARE))

    @property
    def is_regular(self) -> bool:
        """Whether at least three slices have nearly all the same distance: what a volume looks like."""
        equal = np.abs(self.steps - self.step) <= EVEN_SHARE * self.step
        return len(self.steps) >= 2 and float(equal.mean()) >= REGULAR_SHARE

    @property
    def alternates(self) -> bool:
        """Whether two different distances take turns: two stacks of equal steps, one shifted against the other."""
        if len(self.steps) < ALTERNATING_STEPS:
            return False
        windows = np.lib.stride_tricks.sliding_window_view(self.steps, ALTERNATING_STEPS)
        pairs = windows[:, 0] + windows[:, 1]
        again = np.abs(windows[:, :2] - windows[:, 2:]).max(axis=1) <= EVEN_SHARE / 4 * pairs
        different = np.abs(windows[:, 0] - windows[:, 1]) > EVEN_SHARE * pairs
        return bool((again & different).any()) and not self._is_rounded

    @property
    def _is_rounded(self) -> bool:
        """Whether the positions were rounded to whole mm, which makes steps of 2.5 mm alternate between 2 and 3."""
        return bool(np.all(np.abs(self.positions - np.rint(self.positions)) < SAME_POSITION_MM))

    @cached_property
    def intervals(self) -> list[Interval]:
        """First and last position of each run of slices without a gap."""
        gaps = np.flatnonzero(np.diff(self.positions) > CONTIGUOUS_STEPS * self.step)
        firsts, lasts = self.positions[np.r_[0, gaps + 1]], self.positions[np.r_[gaps, len(self.positions) - 1]]
        return list(zip(firsts.tolist(), lasts.tolist(), strict=True))

    def overlaps(self, other: "Stack") -> bool:
        """Return whether a slice of one lies at or between slices of the other."""
        return any(
            first < last_of_other + SAME_POSITION_MM and first_of_other < last + SAME_POSITION_MM
            for first, last in self.intervals
            for first_of_other, last_of_other in other.intervals
        )

    def distance(self, other: "Stack") -> float:
        """Return the distance between the nearest slices of two stacks that do not overlap, mm."""
        return min(max(a[0] - b[1], b[0] - a[1]) for a in self.intervals for b in other.intervals)


def any_overlap(parts: Sequence[Stack]) -> bool:
    """Return whether two of the parts overlap."""
    reached = float("-inf")
    for first, last in sorted(interval for part in parts for interval in part.intervals):
        if first < reached + SAME_POSITION_MM:
            return True
        reached = max(reached, last)
    return False


def precedence(item: Slice) -> tuple[str, int]:
    """Sort key of slices at one position: independent of the order and the names of the files."""
    return item.image.instance_uid, item.plane.frame


def _along_normal(slices: Sequence[Slice]) -> Floats:
    directions = np.median([(item.plane.row_direction, item.plane.column_direction) for item in slices], axis=0)
    return np.array([item.plane.position for item in slices]) @ np.cross(directions[0], directions[1])
