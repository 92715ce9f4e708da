"""Durations of attempts and of their stages."""

import pytest
from prometheus_client import CollectorRegistry

from analyzer.application.analysis_durations import AnalysisDurations, AttemptTimer


def test_time_is_counted_for_the_stage_that_is_reported_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([101.0, 103.0, 106.0, 110.0])
    monkeypatch.setattr("analyzer.application.analysis_durations.perf_counter", lambda: next(now))
    timer = AttemptTimer(_began=100.0, _reported=100.0)
    for stage in ("fetch", "detect", "detect"):
        timer.report(stage)

    assert timer.stages == {"fetch": 1, "detect": 5}
    assert timer.seconds() == 10


def test_an_attempt_is_counted_by_its_outcome_and_its_stages() -> None:
    durations, registry, timer = AnalysisDurations(), CollectorRegistry(), AttemptTimer()
    for histogram in durations.histograms:
        registry.register(histogram.collector)
    timer.report("fetch")

    durations.observe(timer, "TIMEOUT")

    assert registry.get_sample_value("california_gold_analysis_seconds_count", {"outcome": "TIMEOUT"}) == 1
    assert registry.get_sample_value("california_gold_analysis_stage_seconds_count", {"stage": "fetch"}) == 1
