"""Separation of the slices on one grid into volumes: time points, phases, echoes, passes and repetitions.

Scanners and archives put several volumes into one series, which PS3.3 C.7.3.1 does not forbid. What differs between
them is a mark (`analyzer.reading.marks`). A mark that changes without an overlap of positions, as from one block of a
step-and-shoot acquisition to the next, separates nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analyzer.reading.acquisition_order import by_blocks, by_rank, by_sweep, ranked
from analyzer.reading.marks import (
    ACQUISITION_MARKS,
    ACQUISITION_NUMBER,
    ACQUISITION_TIME,
    INSTANCE_NUMBER,
    VOLUME_MARKS,
    Mark,
    dimension_of,
    value_of,
)
from analyzer.reading.stacks import Stack, any_overlap

SAME_VALUE_SHARE = 1e-4
"""Numbers within this share of each other are one value that was rounded."""
SAME_CORNER_PIXELS = 0.5
PASS_MARKS = (ACQUISITION_NUMBER, ACQUISITION_TIME, INSTANCE_NUMBER)
"""What separates passes that interleave evenly; the time of an image does not: it is that of its reconstruction."""
GAPLESS = 1.5
"""Slices of a pass are at most this many thicknesses apart."""

Values = Sequence[tuple[Mark, ...]]
Copies = Callable[[Stack], list[int]]
"""Indices of the slices that repeat the pixels of an earlier slice at the same position."""


class VolumesIndistinct(Exception):
    """Several slices have the same place, and nothing tells to which volume each belongs."""


def separated(stack: Stack, copies: Copies) -> list[Stack]:
    """Return the volumes of a stack, in the order of their marks. Raises `VolumesIndistinct`.

    Copies of a slice are left out. A volume is even, or the best that can be said about its slices.
    """
    parts = _by_volume_marks(stack)
    if not parts and stack.is_even and not stack.has_collisions:
        parts = _passes(stack)
        if not parts:
            return [stack]
    parts = parts or _by_acquisition(stack)
    if parts:
        return [volume for part in parts for volume in separated(part, copies)]
    return [_without_copies(stack, copies) if stack.has_collisions else _if_not_alternating(stack)]


def _by_volume_marks(stack: Stack) -> list[Stack]:
    """Return the parts by the first mark that differs between slices at one place; empty when none does."""
    for values in _volume_values(stack):
        parts = _parts(stack, ranked(values))
        if 1 < len(parts) <= len(stack.slices) / 2 and any_overlap(parts):
            return parts
    return []


def _volume_values(stack: Stack) -> list[Values]:
    marks = [item.plane.marks for item in stack.slices]
    by_mark = [_rounded([value_of(mark, keywords) for mark in marks]) for keywords in VOLUME_MARKS]
    return [*by_mark, [dimension_of(mark) for mark in marks], *_corners(stack)]


def _rounded(values: Values) -> Values:
    """Return values in which numbers that differ by rounding are equal."""
    columns: list[list[Mark]] = []
    for column in zip(*values, strict=True):
        numbers = sorted({value for value in column if isinstance(value, float)})
        first = {number: number for number in numbers}
        for lower, upper in pairwise(numbers):
            if upper - lower <= SAME_VALUE_SHARE * abs(upper):
                first[upper] = first[lower]
        columns.append([first[value] if isinstance(value, float) else value for value in column])
    return list(zip(*columns, strict=True))


def _corners(stack: Stack) -> list[Values]:
    """Return the place of the first pixel within its plane: two reconstructions may have different fields of view."""
    plane = stack.slices[0].plane
    corners = np.array([item.plane.position for item in stack.slices])
    values: list[Values] = []
    for direction, spacing in zip((plane.row_direction, plane.column_direction), plane.spacing, strict=True):
        along = corners @ direction
        order = np.argsort(along, kind="stable")
        cluster = np.empty(len(along))
        cluster[order] = np.cumsum(np.diff(along[order], prepend=along[order[0]]) > SAME_CORNER_PIXELS * spacing)
        values.append([(float(number),) for number in cluster])
    return values


def _passes(stack: Stack) -> list[Stack]:
    """Return interleaved passes over one place of a CT: each has slices as thick as the distance between them.

    A volume whose odd and even slices were acquired one after the other has thinner ones, and other modalities do that.
    """
    if stack.slices[0].image.modality != "CT" or _is_numbered_through(stack):
        return []
    for keywords in PASS_MARKS:
        ranks = _ranks(stack, keywords)
        passes = by_blocks(stack, _indices(ranks)) or by_sweep(stack, ranks)
        if passes and all(each.is_regular and each.step <= GAPLESS * _thickness(each) for each in passes):
            return passes
    return []


def _is_numbered_through(stack: Stack) -> bool:
    steps = np.diff(_ranks(stack, INSTANCE_NUMBER))
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _thickness(stack: Stack) -> float:
    """Return the median thickness of the slices, mm; infinite where none is stated."""
    stated = (value_of(item.plane.marks, ("SliceThickness",))[0] for item in stack.slices)
    numbers = [value for value in stated if isinstance(value, float) and value > 0]
    return float(np.median(numbers)) if numbers else float("inf")


def _ranks(stack: Stack, keywords: tuple[str, ...]) -> NDArray[np.intp]:
    return ranked([value_of(item.plane.marks, keywords) for item in stack.slices])


def _by_acquisition(stack: Stack) -> list[Stack]:
    """Return the volumes by the first mark whose order tells them apart; empty when none does."""
    for keywords in ACQUISITION_MARKS:
        ranks = _ranks(stack, keywords)
        found = by_rank(stack, ranks) or by_sweep(stack, ranks) or by_blocks(stack, _indices(ranks))
        if found:
            return found
    return []


def _parts(stack: Stack, ranks: NDArray[np.intp]) -> list[Stack]:
    return [stack.part(indices) for indices in _indices(ranks)]


def _indices(ranks: NDArray[np.intp]) -> list[list[int]]:
    """Return the indices of the slices of each value, by ascending value."""
    indices: dict[int, list[int]] = defaultdict(list)
    for index, rank in enumerate(ranks.tolist()):
        indices[rank].append(index)
    return [indices[rank] for rank in sorted(indices)]


def _without_copies(stack: Stack, copies: Copies) -> Stack:
    repeated = set(copies(stack))
    kept = stack.part([index for index in range(len(stack.slices)) if index not in repeated])
    if kept.has_collisions:
        raise VolumesIndistinct
    return _if_not_alternating(kept)


def _if_not_alternating(stack: Stack) -> Stack:
    if stack.alternates:
        raise VolumesIndistinct
    return stack
