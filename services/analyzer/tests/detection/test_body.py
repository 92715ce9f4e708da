"""What the body encloses is compared with its definition, in which the rays of all voxels are followed."""

import numpy as np
import pytest
from scipy import ndimage

from analyzer.detection.lung_blob.body import SIDES, body_of, enclosed_air
from analyzer.detection.lung_blob.coarse_grid import CoarseGrid
from analyzer.detection.lung_blob.lung_evidence import lung_evidence
from analyzer.detection.lung_blob.morphology import IN_PLANE, Mask, connected_components
from analyzer.detection.lung_blob.parameters import Parameters

PARAMETERS = Parameters()


def grid(seed: int, *, padded: bool) -> CoarseGrid:
    """Return smooth noise of air, lung and tissue, with a circular field of view or without padding."""
    random, shape = np.random.default_rng(seed), (6, 40, 44)
    noise = ndimage.gaussian_filter(random.normal(size=shape), (1, 3, 3))
    mean = np.clip(noise * 600 / noise.std() - 500, -1000, 200).astype(np.float32)
    y, x = np.ogrid[-20:20, -22:22]
    padding = np.broadcast_to((y**2 + x**2 > 20**2) & padded, shape)
    mean[padding] = -1024
    return CoarseGrid(mean, mean.astype(np.int16), padding, np.zeros(3), np.array([2.5, 2.5, 2.5]))


def followed(mask: Mask, axis: int, from_end: bool) -> Mask:
    """Return what a ray from a side has met, at each voxel."""
    ordered = np.flip(mask, axis) if from_end else mask
    met = np.logical_or.accumulate(ordered, axis=axis)
    return np.flip(met, axis) if from_end else met


def border(padding: Mask, axis: int, from_end: bool) -> Mask:
    """Return the last voxel inside the field of view of each ray to a side."""
    inside = ~padding
    count = np.cumsum(np.flip(inside, axis) if from_end else inside, axis=axis)
    return inside & ((np.flip(count, axis) if from_end else count) == 1)


def defined(coarse: CoarseGrid, body: Mask, min_walls: int) -> Mask:
    """Return the enclosed air by rays through whole arrays."""
    air = (coarse.mean < PARAMETERS.lung_air_below_hu) & ~coarse.padding
    labels = connected_components(air, IN_PLANE)
    ends = {side: border(coarse.padding, *side) for side in SIDES}
    room = air.copy()
    for label in range(1, int(labels.max()) + 1):
        region = labels == label
        truncated = any((region & end).any() for end in ends.values())
        median = np.median(coarse.sample[region])
        if truncated and PARAMETERS.lung_median_from_hu <= median <= PARAMETERS.lung_median_to_hu:
            room[region] = False
    walls = {side: followed(body, *side) for side in SIDES}
    inside = air
    for side, end in ends.items():
        inside = inside & (walls[side] | ~(room & end).any(axis=side[0], keepdims=True))
    return inside & (np.sum(list(walls.values()), axis=0) >= min_walls)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("min_walls", [0, 2])
def test_enclosed_air_is_that_with_the_body_on_every_side(padded: bool, min_walls: int) -> None:
    for seed in range(4):
        coarse = grid(seed, padded=padded)
        body = body_of(coarse, PARAMETERS)
        enclosed = enclosed_air(coarse, body, min_walls, PARAMETERS)
        assert enclosed.any()
        np.testing.assert_array_equal(enclosed, defined(coarse, body, min_walls))


@pytest.mark.parametrize("half", [2, 3, 4])
def test_lungs_hold_a_ball_if_a_voxel_is_as_far_from_their_surface(half: int) -> None:
    coarse = grid(0, padded=False)
    whole = np.zeros(coarse.mean.shape, dtype=np.bool_)
    whole[:, 10 : 10 + 2 * half - 1, 10:34] = True
    depth = np.asarray(ndimage.distance_transform_edt(whole, coarse.step.tolist()))
    for least in (half * 2.5, half * 2.5 + 0.01, half * 2.5 - 0.01):
        evidence = lung_evidence(whole, whole, ~whole, coarse, Parameters(lung_depth_least_mm=least))
        assert evidence.holds_ball == (depth.max() >= least)
