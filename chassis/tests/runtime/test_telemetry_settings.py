"""The standard variables of OpenTelemetry: off unless asked for, and a wrong one is refused by its name."""

import os
from pathlib import Path

import pytest

from chassis.runtime.settings import InvalidSettings
from chassis.runtime.telemetry_settings import TelemetrySettings, read, telemetry_settings

ON = {"OTEL_TRACES_EXPORTER": "otlp"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        {**ON, "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_exported_unless_a_variable_says_so(given: dict[str, str]) -> None:
    assert read(given) == TelemetrySettings(traces=False, metrics=False)


def test_standard_variables_are_read() -> None:
    given = {
        **ON,
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
        "OTEL_BSP_MAX_QUEUE_SIZE": "10",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "5",
        "OTEL_BSP_SCHEDULE_DELAY": "250",
        "OTEL_METRIC_EXPORT_INTERVAL": "15000",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    assert read(given) == TelemetrySettings(
        traces=True,
        metrics=True,
        sampler="parentbased_traceidratio",
        ratio=0.01,
        max_queue=10,
        max_batch=5,
        delay=0.25,
        metrics_interval=15,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_TRACES_SAMPLER_ARG", "all"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "inf"),
    ],
)
def test_a_value_that_is_not_supported_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{name}: "):
        read({**ON, name: value})


def test_lines_of_the_env_file_reach_the_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    Path(".env").write_text("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318\n", encoding="utf-8")
    assert telemetry_settings().traces
    assert os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
