"""Nodules of other kinds than solid and free ones, blended into phantoms and real scans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from testkit.images.phantom import Nodule, PlacedNodule
from testkit.images.phantom_nodules import oriented
from tools.evaluation.injection import NODULE_HU, PLEURA_CLEARANCE_MM, lung_depth, sampled, surroundings

DIAMETERS_MM = (8.0, 12.0, 18.0)
NEIGHBOUR_CLEARANCE_MM = 15.0
SEED = 9700
AIR_BELOW_HU = -300.0
LUNG_BELOW_HU = -700
ATTEMPTS = 200
END_SLICES = 5
"""An attached nodule keeps clear of the first and last slices, whose depth is not that below the pleura."""


@dataclass(frozen=True)
class Kind:
    """A kind of nodule.

    Attributes:
        name: for the table.
        outer_hu: density of the nodule.
        inner_hu: density of its middle.
        inner_share: diameter of the middle over that of the nodule.
        centre_depth: depth of the centre below the pleura in radii: 1 and more is free, less is attached.
    """

    name: str
    outer_hu: float = NODULE_HU
    inner_hu: float = NODULE_HU
    inner_share: float = 0.0
    centre_depth: tuple[float, float] | None = None


KINDS = (
    Kind("solid, free"),
    Kind("solid, on the pleura", centre_depth=(0.6, 0.9)),
    Kind("solid, broad on the pleura", centre_depth=(0.2, 0.5)),
    Kind("hollow, wall of a sixth", inner_hu=-950.0, inner_share=2 / 3),
    Kind("part-solid, core of half", outer_hu=-650.0, inner_share=0.5),
    Kind("ground glass", outer_hu=-650.0, inner_hu=-650.0),
)


@dataclass(frozen=True)
class KindCase:
    """A nodule of a kind, placed; `visible_mm3` is the volume of its part that lies in air, not in a wall."""

    kind: Kind
    nodule: PlacedNodule
    visible_mm3: float


def with_every_kind(volume: Volume, seed: int) -> tuple[Volume, Sequence[KindCase]]:
    """Blend a nodule of every kind and size that finds room into the lungs of a scan with axes along LPS."""
    depth = lung_depth(volume)
    rng = np.random.default_rng([SEED, seed])
    placed: list[KindCase] = []
    for kind in KINDS:
        for diameter in DIAMETERS_MM:
            nodule = oriented(Nodule(diameter, elongation=float(rng.uniform(1, 1.2))), rng)
            if (centre := _free_centre(volume, depth, nodule, kind, placed, rng)) is not None:
                placed.append(KindCase(kind, replace(nodule, centre_mm=centre), 0.0))
    voxels = volume.voxels.astype(np.int16)
    seen = [replace(case, visible_mm3=_blend(volume, voxels, case)) for case in placed]
    return replace(volume, voxels=voxels), seen


def _free_centre(
    volume: Volume,
    depth: NDArray[np.float64],
    nodule: PlacedNodule,
    kind: Kind,
    placed: Sequence[KindCase],
    rng: np.random.Generator,
) -> tuple[float, float, float] | None:
    """Return a centre of the kind's depth, clear of the others and in lung of its usual density; None without room."""
    radius = nodule.diameter_mm / 2
    if kind.centre_depth is None:
        candidates = np.argwhere(depth >= nodule.reach_mm + PLEURA_CLEARANCE_MM)
    else:
        low, high = kind.centre_depth
        attached = (depth >= low * radius) & (depth <= high * radius)
        attached[:END_SLICES] = attached[-END_SLICES:] = False
        candidates = np.argwhere(attached)
    for index in rng.permutation(len(candidates))[:ATTEMPTS]:
        k, row, column = (int(i) for i in candidates[index])
        if volume.voxels[k, row, column] > LUNG_BELOW_HU:
            continue
        x, y, z = (float(c) for c in volume.to_patient(np.array([[column, row, k]], dtype=np.float64))[0])
        gaps = (np.linalg.norm(np.array([x, y, z]) - other.nodule.centre_mm) for other in placed)
        if all(gap >= NEIGHBOUR_CLEARANCE_MM + nodule.reach_mm for gap in gaps):
            return x, y, z
    return None


def _blend(volume: Volume, voxels: NDArray[np.int16], case: KindCase) -> float:
    """Add the nodule where the image is less dense, then replace its middle; return its volume in air (mm³)."""
    window = surroundings(volume, case.nodule)
    share, _ = sampled(volume, case.nodule, window)
    around = voxels[window]
    hu = around + share * np.maximum(case.kind.outer_hu - around, 0)
    if case.kind.inner_share:
        middle = replace(case.nodule, scale=case.nodule.scale * case.kind.inner_share)
        inner, _ = sampled(volume, middle, window)
        hu += inner * (case.kind.inner_hu - hu)
    visible = float(share[around < AIR_BELOW_HU].sum()) * float(np.prod(volume.spacing))
    voxels[window] = np.rint(hu)
    return visible
