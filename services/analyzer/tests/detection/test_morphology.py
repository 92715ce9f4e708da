"""Morphology by moved runs and labels is compared with its definition, as SciPy computes it."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy import ndimage

from analyzer.detection.lung_blob.morphology import (
    CORNERS,
    FACES,
    FULLY_CONNECTED,
    Floats,
    Mask,
    dilated_by_voxels,
    eroded,
    holes_filled,
    opened_by_voxel,
    within,
)

STEPS = ([1.0, 1.0, 1.0], [2.5, 0.7, 0.9])
RADII = (0.3, 1.0, 2.0, 2.6, 7.0)


def masks() -> Iterator[Mask]:
    random = np.random.default_rng(5)
    for shape in ((1, 1, 9), (7, 12, 5), (16, 15, 17)):
        for share in (0.02, 0.5, 0.98):
            mask = random.random(shape) < share
            mask.flat[0], mask.flat[-1] = True, False
            yield mask


def distance(mask: Mask, step: list[float]) -> Floats:
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=step))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("radius", RADII)
def test_a_dilation_has_the_voxels_up_to_the_radius(step: list[float], radius: float) -> None:
    for mask in masks():
        np.testing.assert_array_equal(within(mask, radius, step), distance(~mask, step) <= radius)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("radius", RADII)
def test_an_erosion_keeps_the_voxels_beyond_the_radius(step: list[float], radius: float) -> None:
    for mask in masks():
        np.testing.assert_array_equal(eroded(mask, radius, step), distance(mask, step) > radius)


@pytest.mark.parametrize("voxels", [1, 2])
@pytest.mark.parametrize(("reach", "structure"), [(FACES, None), (CORNERS, FULLY_CONNECTED)])
def test_a_dilation_by_voxels_is_that_by_their_neighbours(voxels: int, reach: float, structure: Mask | None) -> None:
    for mask in masks():
        expected = ndimage.binary_dilation(mask, structure, voxels)
        np.testing.assert_array_equal(dilated_by_voxels(mask, voxels, reach), expected)


def test_an_opening_by_a_voxel_has_background_outside_of_the_array() -> None:
    for mask in masks():
        np.testing.assert_array_equal(opened_by_voxel(mask), ndimage.binary_opening(mask))


def test_holes_are_filled_slice_by_slice() -> None:
    for mask in masks():
        expected = np.stack([np.asarray(ndimage.binary_fill_holes(plane)) for plane in mask])
        np.testing.assert_array_equal(holes_filled(mask), expected)
