"""Branching vessels of the phantom."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_RADIUS_MM = 0.5
PLEURA_CLEARANCE_MM = 3.0
LENGTH_IN_RADII = 9.0
CHILD_RADIUS = 0.79
"""Radius ratio of two equal branches by Murray's law: 2^(-1/3)."""
CHILD_ANGLE_DEGREES = 28.0


@dataclass(frozen=True)
class Vessel:
    """A straight segment with round ends (capsule), mm."""

    start: Floats
    end: Floats
    radius: float

    def distance(self, x: Floats, y: Floats, z: float) -> Floats:
        """Signed distance in mm, negative inside."""
        axis = self.end - self.start
        px, py, pz = x - self.start[0], y - self.start[1], z - self.start[2]
        along = np.clip((px * axis[0] + py * axis[1] + pz * axis[2]) / (axis @ axis), 0, 1)
        return np.sqrt((px - along * axis[0]) ** 2 + (py - along * axis[1]) ** 2 + (pz - along * axis[2]) ** 2) - (
            self.radius
        )


def grow_tree(
    root: Floats, direction: Floats, radius: float, depth: Callable[[Floats], float], rng: np.random.Generator
) -> list[Vessel]:
    """Grow a tree: every segment branches in two until it is thin or its end is near the pleura."""
    segments: list[Vessel] = []
    pending = [(root, direction / np.linalg.norm(direction), radius)]
    while pending:
        start, direction_of_segment, segment_radius = pending.pop()
        end = start + direction_of_segment * segment_radius * LENGTH_IN_RADII * rng.uniform(0.7, 1.3)
        if segment_radius < MIN_RADIUS_MM or depth(end) < PLEURA_CLEARANCE_MM:
            continue
        segments.append(Vessel(start, end, segment_radius))
        lateral = np.cross(direction_of_segment, rng.normal(size=3))
        lateral *= np.tan(np.radians(CHILD_ANGLE_DEGREES * rng.uniform(0.5, 1.3))) / np.linalg.norm(lateral)
        pending += [
            (end, branch / np.linalg.norm(branch), segment_radius * CHILD_RADIUS * rng.uniform(0.85, 1.05))
            for branch in (direction_of_segment + lateral, direction_of_segment - lateral)
        ]
    return segments
