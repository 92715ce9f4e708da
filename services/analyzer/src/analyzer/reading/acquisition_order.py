"""Volumes told apart by the order in which their slices were acquired.

Values such as times may differ from slice to slice: what counts is how their order relates to the positions.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyzer.reading.marks import Mark
from analyzer.reading.stacks import Stack, any_overlap

LONG_SHARE = 0.5
"""A long sweep reaches over more than this share of all positions; a shorter one may be a block of a larger volume."""
ADJACENT_STEPS = 2.5
"""Blocks of one volume are at most this many steps apart: one slice between them may be missing."""
WHOLE_SHARE = 0.8
"""Blocks are accepted when volumes of at least three regular slices hold this share of the slices."""
MAX_VOLUMES = 200

Ranks = NDArray[np.intp]


def ranked(values: Sequence[tuple[Mark, ...]]) -> Ranks:
    """Return the rank of each value among the different ones; numbers come before texts."""
    keys = [tuple((isinstance(part, str), part) for part in value) for value in values]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return np.array([ranks[key] for key in keys], dtype=np.intp)


def by_rank(stack: Stack, ranks: Ranks) -> list[Stack]:
    """Return volume k of the k-th slices at each position, if each position has the same number of slices.

    The values must fit that: volumes follow each other, or the values of each rise or fall along the positions.
    """
    positions = int(stack.levels[-1]) + 1
    count, rest = divmod(len(ranks), positions)
    if rest or count < 2 or np.any(np.bincount(stack.levels) != count):
        return []
    order = np.lexsort((ranks, stack.levels)).reshape(positions, count)
    values = ranks[order]
    steps = np.diff(values, axis=0)
    follow = np.all(values.max(axis=0)[:-1] <= values.min(axis=0)[1:])
    monotone = np.all((steps >= 0).all(axis=0) | (steps <= 0).all(axis=0))
    if np.any(values[:, 1:] == values[:, :-1]) or not (follow or monotone):
        return []
    return [stack.part(order[:, k]) for k in range(count)]


def by_sweep(stack: Stack, ranks: Ranks) -> list[Stack]:
    """Return the sweeps over the positions in the order of the values; a sweep ends where the direction turns.

    All are long. Where slices collide, one of two may be short, or a minority: repeated or cut off. More short ones are
    blocks, whose neighbours of different phases run into one sweep.
    """
    if len(set(zip(ranks.tolist(), stack.levels.tolist(), strict=True))) < len(ranks):
        return []
    sweeps: list[list[int]] = []
    direction = 0
    for index in np.lexsort((stack.levels, ranks)).tolist():
        move = int(np.sign(stack.levels[index] - stack.levels[sweeps[-1][-1]])) if sweeps else 0
        if move == 0 or move * direction < 0:
            sweeps.append([])
            move = 0
        direction = move
        sweeps[-1].append(index)
    if not 1 < len(sweeps) <= MAX_VOLUMES:
        return []
    volumes = [stack.part(sorted(sweep)) for sweep in sweeps]
    reach = LONG_SHARE * (stack.positions[-1] - stack.positions[0])
    long = sum(v.is_regular and v.positions[-1] - v.positions[0] > reach for v in volumes)
    few_are_short = stack.has_collisions and (2 * long > len(volumes) or (long, len(volumes)) == (1, 2))
    return volumes if few_are_short or long == len(volumes) else []


def by_blocks(stack: Stack, parts: Sequence[Sequence[int]]) -> list[Stack]:
    """Join blocks of equal value to volumes: each to the first volume that it adjoins and does not overlap.

    Empty where no blocks overlap, and where what comes out does not look like volumes.
    """
    blocks = [stack.part(indices) for indices in parts]
    if not 1 < len(blocks) <= len(stack.slices) / 2 or not any_overlap(blocks):
        return []
    reach = ADJACENT_STEPS * float(np.median([block.step for block in blocks if len(block.steps)] or [stack.step]))
    joined: list[list[int]] = []
    volumes: list[Stack] = []
    for indices, block in zip(parts, blocks, strict=True):
        fitting = (k for k, v in enumerate(volumes) if not v.overlaps(block) and v.distance(block) <= reach)
        k = next(fitting, len(volumes))
        if k == len(volumes):
            joined.append([])
            volumes.append(block)
        joined[k] = sorted([*joined[k], *indices])
        volumes[k] = stack.part(joined[k])
        if len(volumes) > MAX_VOLUMES:
            return []
    whole = sum(len(volume.slices) for volume in volumes if volume.is_regular)
    return volumes if len(volumes) > 1 and whole >= WHOLE_SHARE * len(stack.slices) else []
