import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analyzer.references import even_odd
from analyzer.references.even_odd import fill_even_odd

Floats = NDArray[np.float64]

outlines = st.lists(
    arrays(np.float64, st.tuples(st.integers(3, 9), st.just(2)), elements=st.floats(-3, 12)), min_size=1, max_size=3
)


def square(start: float, end: float) -> Floats:
    return np.array([[start, start], [end, start], [end, end], [start, end]])


def crossings_left_of(column: float, row: float, outline: Floats) -> int:
    count = 0
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if (y0 <= row) != (y1 <= row):
            upper, lower = ((x0, y0), (x1, y1)) if y0 <= y1 else ((x1, y1), (x0, y0))
            crossing = upper[0] + (row - upper[1]) / (lower[1] - upper[1]) * (lower[0] - upper[0])
            count += crossing <= column
    return count


def test_pixels_with_centres_inside_an_outline_are_filled():
    filled = fill_even_odd([square(0.5, 3.5)], (6, 6))
    assert np.array_equal(np.argwhere(filled), [[r, c] for r in (1, 2, 3) for c in (1, 2, 3)])


def test_nested_outlines_alternate_between_filled_and_empty():
    filled = fill_even_odd([square(-0.5, 6.5), square(0.5, 5.5), square(2.5, 3.5)], (7, 7))
    expected = np.ones((7, 7), dtype=np.bool_)
    expected[1:6, 1:6] = False
    expected[3, 3] = True
    assert np.array_equal(filled, expected)


def test_the_inside_of_a_keyhole_is_empty():
    ring = np.concatenate([square(-0.5, 6.5), [[-0.5, -0.5]], [[1.5, 1.5]], square(1.5, 4.5)[::-1], [[1.5, 1.5]]])
    expected = np.ones((7, 7), dtype=np.bool_)
    expected[2:5, 2:5] = False
    assert np.array_equal(fill_even_odd([ring], (7, 7)), expected)


def test_adjacent_outlines_neither_share_nor_omit_pixels():
    left = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 5.0], [0.0, 5.0]])
    right = left + np.array([3.0, 0.0])
    both = fill_even_odd([left], (8, 8)).astype(int) + fill_even_odd([right], (8, 8))
    assert both.max() == 1
    assert both.sum() == 6 * 5


def test_an_outline_is_clipped_to_the_image():
    assert fill_even_odd([square(-50, 50)], (4, 5)).all()
    assert not fill_even_odd([square(50, 60)], (4, 5)).any()


@settings(deadline=None, max_examples=50)
@given(outlines)
def test_a_pixel_is_inside_when_an_odd_number_of_edges_lies_left_of_it(given_outlines: list[Floats]):
    filled = fill_even_odd(given_outlines, (8, 8))
    for row, column in np.ndindex(8, 8):
        assert filled[row, column] == sum(crossings_left_of(column, row, each) for each in given_outlines) % 2


def test_an_outline_with_very_many_edges_is_filled_in_batches(monkeypatch: pytest.MonkeyPatch):
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False).tolist()
    radii = [8.0, 16.0] * 25
    star = np.array([[20 + r * np.cos(a), 20 + r * np.sin(a)] for a, r in zip(angles, radii, strict=True)])
    whole = fill_even_odd([star], (40, 40))
    monkeypatch.setattr(even_odd, "EDGES_PER_BATCH", 7)
    assert whole.any()
    assert np.array_equal(fill_even_odd([star], (40, 40)), whole)
