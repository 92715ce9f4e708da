"""Metrics over OTLP: the series of `/metrics`, under the same names and with the same values."""

import re
from collections.abc import Sequence

import pytest

from chassis.adapters.opentelemetry.connection import connect
from chassis.runtime.service import Measurement, Worker
from chassis.runtime.telemetry import Telemetry
from chassis.runtime.telemetry_settings import TelemetrySettings
from testkit.otlp_receiver import otlp_receiver

_SAMPLE = re.compile(r"^(california_gold_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


async def _measure() -> Sequence[Measurement]:
    return [Measurement("lag", 5, {"topic": "jobs"}), Measurement("lag", 7, {"topic": "users"})]


async def _run() -> None:
    pass


async def test_the_same_series_arrive_and_each_event_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = Telemetry([Worker("w", _run, measure=_measure)])
    telemetry.count_request("GET", "/jobs", 200, 0.02)
    telemetry.count_request("GET", "/jobs", 200, 3.0)
    telemetry.count_request("GET", "/jobs", 404, 20.0)
    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        otlp = connect(TelemetrySettings(metrics=True), "a-service", "replica-1")
        assert otlp.metrics is not None
        for _ in range(2):
            otlp.metrics.export(await telemetry.metrics())
        scraped = (await telemetry.render()).decode()
        otlp.close(10)

    requests = {_labels(point)["status"]: point.as_double for point in receiver.metrics["california_gold_requests"]}
    lags = {_labels(point)["topic"]: point.as_double for point in receiver.metrics["california_gold_lag"]}
    [durations] = receiver.metrics["california_gold_request_seconds"]
    assert (requests, lags) == ({"200": 2.0, "404": 1.0}, {"jobs": 5.0, "users": 7.0})
    assert (durations.count, round(durations.sum, 2)) == (3, 23.02)
    assert list(durations.bucket_counts) == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert list(durations.explicit_bounds)[-1] == 10.0
    names = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name, _, _ in _SAMPLE.findall(scraped)}
    assert names <= set(receiver.metrics)


def _labels(point: object) -> dict[str, str]:
    attributes = getattr(point, "attributes")  # noqa: B009
    return {pair.key: pair.value.string_value for pair in attributes}
