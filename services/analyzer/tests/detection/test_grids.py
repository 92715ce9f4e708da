"""Sampling on grids is compared with its definition, point by point or by matrices."""

import numpy as np
from scipy import ndimage

from analyzer.detection.lung_blob.coarse_grid import downsampled
from analyzer.detection.lung_blob.lungs import HULL_LEVEL, Lungs
from analyzer.detection.lung_blob.morphology import Floats
from analyzer.detection.lung_blob.resampling import interpolated, linear_weights
from analyzer.detection.lung_blob.scan import Scan
from analyzer.detection.lung_blob.seeds import local_maxima

RANDOM = np.random.default_rng(8)
ORIGIN, STEP = np.array([-3.0, 10.0, 40.0]), np.array([2.5, 2.0, 2.1])


def lungs() -> Lungs:
    blobs = ndimage.gaussian_filter(RANDOM.normal(size=(20, 24, 28)), 3) > 0
    return Lungs(blobs, ORIGIN, STEP)


def positions(first: float, count: int, step: float) -> list[Floats]:
    """Return a grid that begins a number of voxels after the first one of the lungs."""
    return [o + s * first + np.arange(count) * step for o, s in zip(ORIGIN, STEP, strict=True)]


def test_interpolation_is_that_by_matrices_of_weights() -> None:
    image = RANDOM.normal(size=(5, 7, 6)).astype(np.float32)
    axes = [np.cumsum(RANDOM.uniform(0.5, 2, n)) for n in image.shape]
    at = [np.arange(-1, n + 1, 0.6) for n in image.shape]
    z, y, x = (linear_weights(p, axis).astype(np.float64) for p, axis in zip(at, axes, strict=True))
    expected = np.einsum("az,by,cx,zyx->abc", z, y, x, image)
    np.testing.assert_allclose(interpolated(image, at, axes), expected, atol=1e-5)


def test_the_hull_is_the_interpolation_of_the_softened_mask_also_where_all_is_lung() -> None:
    searched = lungs()
    index = [np.arange(n, dtype=np.float64) for n in searched.mask.shape]
    whole: set[bool] = set()
    for first in np.arange(-2, 24, 0.7):
        at = positions(float(first), 9, 0.5)
        places = [(p - o) / s for p, o, s in zip(at, ORIGIN, STEP, strict=True)]
        hull = searched.hull(at)
        whole.add(bool(hull.all()))
        np.testing.assert_array_equal(hull, interpolated(searched.softened, places, index) >= HULL_LEVEL)
    assert whole == {True, False}


def test_a_point_is_in_a_lung_if_the_nearest_voxel_is() -> None:
    searched, at = lungs(), positions(-3, 70, 1.0)
    points = np.stack(np.meshgrid(*at, indexing="ij"), axis=-1).reshape(-1, 3)
    index = np.rint((points - ORIGIN) / STEP).astype(np.int64)
    known = ((index >= 0) & (index < searched.mask.shape)).all(axis=1)
    expected = np.zeros(len(points), dtype=np.bool_)
    expected[known] = searched.mask[tuple(index[known].T)]
    np.testing.assert_array_equal(searched.contain(at).ravel(), expected)


def test_local_maxima_are_no_less_than_their_26_neighbours() -> None:
    image = RANDOM.integers(0, 9, (12, 13, 14)).astype(np.float32)
    searched = RANDOM.random(image.shape) < 0.7
    inner = np.zeros_like(searched)
    inner[1:-1, 1:-1, 1:-1] = True
    expected = np.argwhere(searched & inner & (image == ndimage.maximum_filter(image, 3)))
    np.testing.assert_array_equal(local_maxima(image, searched), expected)


def test_a_coarse_voxel_is_the_mean_of_its_block_in_the_nearest_slice() -> None:
    voxels = RANDOM.integers(-1000, 1000, (9, 17, 15)).astype(np.int16)
    z = np.array([0.0, 1, 2, 3, 5, 7, 8, 9, 14])
    scan = Scan(voxels, z, np.linspace(0, 12.8, 17), np.linspace(0, 16.8, 15), np.zeros((9, 2), np.int64))
    coarse = downsampled(scan, 2.5, -1000)
    assert coarse.mean.shape == (6, 5, 7)
    for k, position in enumerate(np.arange(6) * 2.5):
        plane = voxels[np.abs(z - position).argmin(), :15, :14]
        np.testing.assert_array_equal(coarse.mean[k], plane.reshape(5, 3, 7, 2).mean(axis=(1, 3), dtype=np.float32))
