from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from analyzer.domain.volume import Volume
from analyzer.measurement.moments import moments_of

MakeVolume = Callable[..., Volume]
BOX_TO_AXIS = np.sqrt(20 / 12)
"""Ratio of the axis of an ellipsoid and the side of a box with equal variance."""


def blank(*shape: int) -> NDArray[np.int16]:
    return np.zeros(shape, dtype=np.int16)


def ball(shape: tuple[int, int, int], spacing: tuple[float, float, float], diameter: float) -> NDArray[np.bool_]:
    z, y, x = np.indices(shape)
    middle = [(n - 1) / 2 for n in shape]
    square = (
        ((z - middle[0]) * spacing[2]) ** 2 + ((y - middle[1]) * spacing[1]) ** 2 + ((x - middle[2]) * spacing[0]) ** 2
    )
    return square <= (diameter / 2) ** 2


def test_a_box_has_its_analytic_volume_centroid_and_variance(make_volume: MakeVolume):
    volume = make_volume(blank(8, 9, 10), spacing=(0.5, 2.0), step=3.0)
    measured = moments_of(np.ones((2, 3, 4), dtype=np.bool_), (1, 2, 3), volume)
    assert measured.volume_mm3 == pytest.approx(24 * 0.5 * 2.0 * 3.0)
    assert measured.centroid_lps_mm == pytest.approx([4.5 * 0.5, 3 * 2.0, 1.5 * 3.0])
    assert measured.axes_mm == pytest.approx(BOX_TO_AXIS * np.array([6.0, 6.0, 2.0]))


def test_a_voxel_has_axes_proportional_to_its_size(make_volume: MakeVolume):
    volume = make_volume(blank(3, 3, 3), spacing=(0.5, 2.0), step=3.0)
    measured = moments_of(np.ones((1, 1, 1), dtype=np.bool_), (1, 1, 1), volume)
    assert measured.axes_mm == pytest.approx(BOX_TO_AXIS * np.array([3.0, 2.0, 0.5]))


def test_the_axes_of_a_ball_equal_its_diameter(make_volume: MakeVolume):
    spacing = (0.6, 0.6, 1.0)
    volume = make_volume(blank(31, 51, 51), spacing=spacing[:2], step=spacing[2])
    measured = moments_of(ball((31, 51, 51), spacing, 24.0), (0, 0, 0), volume)
    assert measured.axes_mm == pytest.approx([24.0] * 3, rel=0.01)
    assert measured.volume_mm3 == pytest.approx(np.pi / 6 * 24**3, rel=0.01)


def test_each_slice_counts_for_half_the_distance_to_its_neighbours(make_volume: MakeVolume):
    volume = make_volume(blank(4, 2, 2), positions=[0.0, 5.0, 10.0, 20.0])
    measured = moments_of(np.ones((3, 1, 1), dtype=np.bool_), (1, 0, 0), volume)
    assert measured.volume_mm3 == pytest.approx(5.0 + 7.5 + 10.0)
    assert measured.centroid_lps_mm[2] == pytest.approx((5 * 5 + 10 * 7.5 + 20 * 10) / 22.5)


def test_gantry_tilt_shifts_the_centroid_with_the_slices(make_volume: MakeVolume):
    volume = make_volume(blank(5, 4, 4), step=2.0, shear=0.25)
    measured = moments_of(np.ones((3, 1, 1), dtype=np.bool_), (1, 1, 1), volume)
    assert measured.centroid_lps_mm == pytest.approx([1.0, 1.0 + 4.0 * 0.25, 4.0])


@settings(deadline=None, max_examples=50)
@given(
    arrays(np.bool_, st.tuples(*[st.integers(1, 5)] * 3)).filter(lambda mask: bool(mask.any())),
    st.floats(0, 0.4),
    st.lists(st.floats(0.5, 4.0), min_size=4, max_size=4),
)
def test_the_sums_equal_those_over_every_voxel(mask: NDArray[np.bool_], shear: float, steps: list[float]):
    origins = np.cumsum([0.0, *steps])
    heights = np.stack([np.zeros(5), origins * shear, origins], axis=1)
    turned = Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix()
    volume = Volume(blank(5, 5, 5), turned[0], turned[1], heights @ turned, (0.7, 1.3), "CT")
    measured = moments_of(mask, (0, 0, 0), volume)
    indices = np.argwhere(mask)
    weights = volume.voxel_volumes[indices[:, 0]]
    points = volume.to_patient(indices[:, ::-1].astype(np.float64)) @ turned.T
    own = np.stack(
        [np.full(len(indices), 0.7**2), np.full(len(indices), 1.3**2), volume.slice_extents[indices[:, 0]] ** 2]
    )
    covariance = np.cov(points, rowvar=False, aweights=weights, ddof=0).reshape(3, 3)
    covariance += np.diag(np.average(own, axis=1, weights=weights) / 12)
    assert measured.volume_mm3 == pytest.approx(weights.sum())
    assert measured.centroid_lps_mm @ turned.T == pytest.approx(np.average(points, axis=0, weights=weights))
    assert measured.axes_mm == pytest.approx(np.sqrt(20 * np.linalg.eigvalsh(covariance))[::-1])
