from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analyzer.measurement.diameters import longest_diameters

Mask = NDArray[np.bool_]
masks = arrays(np.bool_, st.tuples(*[st.integers(1, n) for n in (3, 6, 6)])).filter(lambda mask: bool(mask.any()))
spacings = st.tuples(st.floats(0.3, 3.0), st.floats(0.3, 3.0))


def ellipse(long: float, short: float, degrees: float, pixel: float) -> Mask:
    x, y = (axis * pixel for axis in np.meshgrid(np.arange(-60, 61), np.arange(-60, 61)))
    turned = np.deg2rad(degrees)
    along = x * np.cos(turned) + y * np.sin(turned)
    aside = -x * np.sin(turned) + y * np.cos(turned)
    return ((2 * along / long) ** 2 + (2 * aside / short) ** 2 <= 1)[np.newaxis]


def test_one_pixel_measures_its_own_size():
    measured = longest_diameters(np.ones((1, 1, 1), dtype=np.bool_), (0.7, 0.5))
    assert (measured.long, measured.short) == pytest.approx((0.7, 0.5))


def test_a_line_of_pixels_is_as_long_as_its_pixels_and_as_wide_as_one():
    measured = longest_diameters(np.ones((1, 1, 9), dtype=np.bool_), (0.7, 0.5))
    assert (measured.long, measured.short) == pytest.approx((6.3, 0.5))


def test_columns_and_rows_have_their_own_spacing():
    measured = longest_diameters(np.ones((1, 9, 1), dtype=np.bool_), (0.7, 0.5))
    assert (measured.long, measured.short) == pytest.approx((4.5, 0.7))


@pytest.mark.parametrize("degrees", [0, 20, 45, 75])
def test_an_ellipse_is_measured_within_a_pixel_in_any_direction(degrees: float):
    pixel = 0.4
    measured = longest_diameters(ellipse(20.2, 10.2, degrees, pixel), (pixel, pixel))
    assert measured.long == pytest.approx(20.2, abs=pixel)
    assert measured.short == pytest.approx(10.2, abs=pixel)


def test_the_perpendicular_is_measured_in_the_slice_of_the_longest_diameter():
    mask = np.zeros((2, 12, 12), dtype=np.bool_)
    mask[0, 5, :] = True
    mask[1, 2:8, 2:8] = True
    measured = longest_diameters(mask, (1.0, 1.0))
    assert (measured.long, measured.short) == pytest.approx((12, 1))


def test_diameters_are_measured_within_slices_only():
    mask = np.zeros((2, 1, 12), dtype=np.bool_)
    mask[0, 0, 0] = mask[1, 0, 11] = True
    assert longest_diameters(mask, (1.0, 1.0)).long == pytest.approx(1)


def test_the_perpendicular_is_measured_on_the_convex_hull():
    mask = np.ones((1, 7, 15), dtype=np.bool_)
    mask[0, :6, 6:9] = False
    whole = longest_diameters(np.ones((1, 7, 15), dtype=np.bool_), (1.0, 1.0))
    assert longest_diameters(mask, (1.0, 1.0)) == whole


@settings(deadline=None, max_examples=50)
@given(masks, spacings)
def test_the_perpendicular_is_never_longer_than_the_diameter(mask: Mask, spacing: tuple[float, float]):
    measured = longest_diameters(mask, spacing)
    assert 0 < measured.short <= measured.long + 1e-6


@settings(deadline=None, max_examples=50)
@given(masks, spacings)
def test_the_diameter_is_the_longest_distance_between_two_edge_midpoints(mask: Mask, spacing: tuple[float, float]):
    longest = 0.0
    for plane in mask:
        rows, columns = np.nonzero(plane)
        middles = [((columns + dx) * spacing[0], (rows + dy) * spacing[1]) for dx, dy in [(0.5, 0), (-0.5, 0)]]
        middles += [((columns + dx) * spacing[0], (rows + dy) * spacing[1]) for dx, dy in [(0, 0.5), (0, -0.5)]]
        points = np.concatenate([np.stack(each, axis=1) for each in middles])
        longest = max([longest, *(float(np.hypot(*(a - b))) for a, b in product(points, points))])
    assert longest_diameters(mask, spacing).long == pytest.approx(longest)


@settings(deadline=None, max_examples=50)
@given(masks, st.sampled_from([(0,), (1,), (2,), (0, 1, 2)]))
def test_a_mirrored_mask_has_the_same_diameters(mask: Mask, axes: tuple[int, ...]):
    one, other = longest_diameters(mask, (0.8, 0.8)), longest_diameters(np.flip(mask, axes), (0.8, 0.8))
    assert (one.long, one.short) == pytest.approx((other.long, other.short))
