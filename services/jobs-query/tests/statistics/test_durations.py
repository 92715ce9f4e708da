"""The histogram of durations: exactness of percentiles, merging, bounded size."""

from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs_query.statistics.durations import Durations

durations = st.integers(0, 400 * 24 * 3600 * 1000)


def counted(*values: int) -> Durations:
    histogram = Durations()
    for value in values:
        histogram.add(value)
    return histogram


def test_an_empty_histogram_has_percentiles_of_zero():
    assert (counted().count, counted().percentile(0.5), counted().longest_ms) == (0, 0, 0)


@settings(deadline=None)
@given(st.lists(durations, min_size=1, max_size=50), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_percentile_is_at_most_nine_per_cent_or_a_millisecond_off(values: list[int], share: float):
    exact = sorted(values)[ceil(share * len(values)) - 1]
    assert abs(counted(*values).percentile(share) - exact) <= max(1, 0.091 * exact)


@settings(deadline=None)
@given(st.lists(durations, max_size=20), st.lists(durations, max_size=20))
def test_merged_histograms_equal_the_histogram_of_all_durations(first: list[int], second: list[int]):
    total = counted(*first)
    total.merge(counted(*second))
    assert total == counted(*first, *second)
    assert (total.count, total.total_ms) == (len(first) + len(second), sum(first) + sum(second))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**15), max_size=200))
def test_the_number_of_buckets_is_bounded(values: list[int]):
    assert all(0 <= bucket <= 140 for bucket in counted(*values).buckets)
