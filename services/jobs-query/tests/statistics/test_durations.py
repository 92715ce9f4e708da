"""The histogram: its percentiles are as exact as it says, and adding two is counting all."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from jobs_query.statistics.durations import Durations

durations = st.integers(0, 400 * 24 * 3600 * 1000)


def counted(*values: int) -> Durations:
    histogram = Durations()
    for value in values:
        histogram.add(value)
    return histogram


def test_nothing_has_percentiles_of_zero():
    assert (counted().count, counted().percentile(0.5), counted().longest_ms) == (0, 0, 0)


@given(st.lists(durations, min_size=1, max_size=50), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_percentile_is_at_most_nine_per_cent_or_a_millisecond_off(values: list[int], share: float):
    exact = sorted(values)[ceil(share * len(values)) - 1]
    assert abs(counted(*values).percentile(share) - exact) <= max(1, 0.091 * exact)


@given(st.lists(durations, max_size=20), st.lists(durations, max_size=20))
def test_adding_two_is_counting_all(some: list[int], others: list[int]):
    total = counted(*some)
    total.absorb(counted(*others))
    assert total == counted(*some, *others)
    assert (total.count, total.total_ms) == (len(some) + len(others), sum(some) + sum(others))


@given(st.lists(st.integers(0, 10**15), max_size=200))
def test_its_size_is_bounded(values: list[int]):
    assert all(0 <= bucket <= 140 for bucket in counted(*values).buckets)
