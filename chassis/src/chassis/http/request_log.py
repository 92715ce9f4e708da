"""The request log: one line per request, written directly and not through structlog (ADR 20).

No field needs redaction: all are our own but the correlation id, whose characters are validated.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

import orjson

from chassis.tracing.work import log_fields

_PROBES = frozenset({"/live", "/ready", "/metrics"})
RequestLog = Callable[[str, str, str, int, float, str], None]
"""Arguments: correlation id, method, route (the template; paths have personal data), status, seconds, traceparent
of the span if it is recorded."""


def request_log(log_format: Literal["console", "json"], level: str = "info") -> RequestLog:
    """Return the writer of a format, to standard error. Requests of probes are logged at the level `debug` only."""
    write = _json if log_format == "json" else _console
    return write if level == "debug" else _without_probes(write)


def silent(_correlation_id: str, _method: str, _route: str, _status: int, _seconds: float, _traceparent: str) -> None:
    """Write nothing."""


def _without_probes(write: RequestLog) -> RequestLog:
    def log(correlation_id: str, method: str, route: str, status: int, seconds: float, traceparent: str) -> None:
        if route not in _PROBES:
            write(correlation_id, method, route, status, seconds, traceparent)

    return log


def _level(route: str) -> str:
    return "debug" if route in _PROBES else "info"


def _trace(traceparent: str) -> Mapping[str, str]:
    """Return the ids of a recorded span: whoever reads a line finds its trace by them."""
    return log_fields(traceparent) if traceparent else {}


def _json(correlation_id: str, method: str, route: str, status: int, seconds: float, traceparent: str) -> None:
    line = {
        "event": "request_handled",
        "level": _level(route),
        "timestamp": datetime.now(UTC),
        "correlation_id": correlation_id,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        **_trace(traceparent),
    }
    sys.stderr.write(orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE).decode())


def _console(correlation_id: str, method: str, route: str, status: int, seconds: float, traceparent: str) -> None:
    trace = "".join(f" {name}={value}" for name, value in _trace(traceparent).items())
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    sys.stderr.write(
        f"{now}Z [{_level(route):<9}] request_handled                "
        f"{method} {route} {status} {seconds * 1000:.1f} ms correlation_id={correlation_id}{trace}\n"
    )
