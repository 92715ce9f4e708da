"""The standard variables of OpenTelemetry that the product reads; its SDK reads the others itself."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chassis.runtime.settings import InvalidSettings, variables

_PREFIX = "OTEL_"
_EXPORTERS = ("none", "otlp")
_PROTOCOL = "http/protobuf"
SAMPLERS = ("always_on", "always_off", "traceidratio")
_DEFAULT_SAMPLER = "parentbased_always_on"


@dataclass(frozen=True)
class TelemetrySettings:
    """What is exported, and how. Times in seconds."""

    traces: bool = False
    metrics: bool = False
    sampler: str = _DEFAULT_SAMPLER
    ratio: float = 1.0
    max_queue: int = 2048
    max_batch: int = 512
    delay: float = 5.0
    metrics_interval: float = 60.0


def telemetry_settings() -> TelemetrySettings:
    """Read the variables of this process; lines of `.env` count for the SDK too. Raises `InvalidSettings`."""
    given = {name: value for name, value in variables().items() if name.startswith(_PREFIX) and value}
    settings = read(given)
    if settings.traces or settings.metrics:
        for name, value in given.items():
            os.environ.setdefault(name, value)
    return settings


def read(given: Mapping[str, str]) -> TelemetrySettings:
    """Return the settings of some variables. Raises `InvalidSettings`, which names the variable."""
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return TelemetrySettings()
    traces, metrics = (_exports(given, f"OTEL_{signal}_EXPORTER") for signal in ("TRACES", "METRICS"))
    for name in ("", "TRACES_", "METRICS_"):
        if traces or metrics:
            _choice(given, f"OTEL_EXPORTER_OTLP_{name}PROTOCOL", (_PROTOCOL,), _PROTOCOL)
    samplers = (*SAMPLERS, *(f"parentbased_{name}" for name in SAMPLERS))
    return TelemetrySettings(
        traces,
        metrics,
        _choice(given, "OTEL_TRACES_SAMPLER", samplers, _DEFAULT_SAMPLER),
        _number(given, "OTEL_TRACES_SAMPLER_ARG", 1.0, lambda ratio: 0 <= ratio <= 1),
        int(_number(given, "OTEL_BSP_MAX_QUEUE_SIZE", 2048, _is_positive)),
        int(_number(given, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, _is_positive)),
        _number(given, "OTEL_BSP_SCHEDULE_DELAY", 5000, _is_positive) / 1000,
        _number(given, "OTEL_METRIC_EXPORT_INTERVAL", 60_000, _is_positive) / 1000,
    )


def _exports(given: Mapping[str, str], name: str) -> bool:
    """Return whether a signal is exported. Unlike in the SDK, it is not unless the variable says so."""
    return _choice(given, name, _EXPORTERS, "none") == "otlp"


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = given.get(name, default).strip()
    if value not in choices:
        raise InvalidSettings(f"{name}: {value!r} is none of {', '.join(choices)}")
    return value


def _number(given: Mapping[str, str], name: str, default: float, is_valid: Callable[[float], bool]) -> float:
    try:
        value = float(given.get(name, default))
    except ValueError:
        raise InvalidSettings(f"{name}: {given[name]!r} is no number") from None
    if not is_valid(value):
        raise InvalidSettings(f"{name}: {given[name]} is out of range")
    return value


def _is_positive(value: float) -> bool:
    return 1 <= value < float("inf")
