"""Statistics over time: windows, bounds, and independence of the order of counting."""

from datetime import UTC, datetime, timedelta
from random import Random

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.counters import OTHER
from jobs_query.statistics.statistics import LAST_DAY, LAST_HOUR, WINDOWS, Statistics
from jobs_query.statistics.transition import Transition, milliseconds

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
QUEUED, PROCESSING, FAILED = JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.FAILED


def failed(ago: timedelta = timedelta(), reason: str = "NO_IMAGE", ran_ms: int = 5000) -> Transition:
    return Transition(milliseconds(NOON - ago), PROCESSING, FAILED, ran_ms=ran_ms, reason=reason)


def statistics(*transitions: Transition) -> Statistics:
    counted = Statistics()
    for number, transition in enumerate(transitions):
        counted.count(f"job-{number}", 0, transition)
    return counted


def test_a_job_counts_in_the_status_of_its_last_transition():
    at = milliseconds(NOON)
    counted = statistics(Transition(at, None, QUEUED), Transition(at, None, QUEUED), Transition(at, QUEUED, PROCESSING))
    assert counted.jobs == {QUEUED: 1, PROCESSING: 1}
    counted.count("job-9", 5, Transition(at, PROCESSING, None))
    assert counted.jobs[PROCESSING] == 0


def test_windows_end_at_the_requested_time():
    ages = (timedelta(0), timedelta(minutes=30), timedelta(hours=10), timedelta(days=2))
    counted = statistics(*(failed(age) for age in ages))
    assert [counted.counters_in(window, NOON).ended[FAILED] for window in (LAST_HOUR, LAST_DAY)] == [2, 3]
    later = NOON + timedelta(minutes=50)
    assert [counted.counters_in(window, later).ended.get(FAILED, 0) for window in (LAST_HOUR, LAST_DAY)] == [1, 3]
    assert counted.counters_in(LAST_DAY, NOON + timedelta(days=2)).ended == {}


def test_a_window_includes_its_beginning_and_nothing_earlier():
    for window in WINDOWS:
        for as_of in (NOON, NOON + timedelta(seconds=123)):
            since = window.since(as_of)
            assert window.length <= as_of - since < window.length + window.interval
            inside, outside = statistics(failed(NOON - since)), statistics(failed(NOON - since + timedelta(seconds=1)))
            assert inside.counters_in(window, as_of).ended == {FAILED: 1}
            assert outside.counters_in(window, as_of).ended == {}


def test_the_same_revision_of_a_job_counts_once():
    counted = statistics(failed())
    counted.count("job-0", 0, failed())
    assert counted == statistics(failed())
    counted.count("job-0", 1, failed())
    assert counted.counters_in(LAST_HOUR, NOON).ended == {FAILED: 2}


def test_the_order_of_counting_does_not_matter_even_when_intervals_are_pruned():
    transitions = [failed(timedelta(minutes=7 * number), ran_ms=number) for number in range(1000)]
    results = list[Statistics]()
    for seed in range(3):
        counted = Statistics()
        for number, transition in enumerate(Random(seed).sample(transitions, len(transitions))):
            counted.count(f"job-{number}", 0, transition)
            counted.prune(10)
        results.append(counted.model_copy(update={"counted_revisions": {}}))
    assert results[0] == results[1] == results[2]
    assert (
        results[0].counters_in(LAST_DAY, NOON).running == statistics(*transitions).counters_in(LAST_DAY, NOON).running
    )


def test_statistics_are_bounded_and_recover_from_a_wrong_clock():
    counted = Statistics()
    for number in range(20_000):
        counted.count(f"job-{number}", 0, failed(timedelta(minutes=-number), f"REASON_{number}", number))
        counted.prune(10)
    counted.count("in the year 2100", 0, failed(timedelta(days=-27_759)))
    counted.prune(10)
    as_of = NOON + timedelta(minutes=20_000)
    assert 0 < counted.counters_in(LAST_HOUR, as_of).ended[FAILED] <= 65
    assert len(counted.counters_in(LAST_DAY, as_of).failures) <= 33
    assert counted.counters_in(LAST_DAY, as_of).failures[OTHER] > 1000
    assert len(counted.as_json()) < 64_000


def test_merged_shards_equal_the_statistics_of_all_jobs():
    transitions = [failed(timedelta(minutes=number), f"REASON_{number % 5}", number) for number in range(100)]
    total = statistics(*transitions[::2])
    total.merge(statistics(*transitions[1::2]))
    for window in WINDOWS:
        assert total.counters_in(window, NOON) == statistics(*transitions).counters_in(window, NOON)
    assert (total.jobs, total.newest_ms) == (statistics(*transitions).jobs, milliseconds(NOON))


def test_stored_statistics_are_read_back_unchanged():
    counted = statistics(*(failed(timedelta(minutes=number), ran_ms=number) for number in range(50)))
    assert Statistics.from_json(counted.as_json()) == counted


def test_the_revisions_of_the_latest_jobs_are_kept():
    counted = statistics(*(failed() for _ in range(5)))
    counted.count("job-0", 1, failed())
    counted.prune(2)
    assert counted.counted_revisions == {"job-4": 0, "job-0": 1}
