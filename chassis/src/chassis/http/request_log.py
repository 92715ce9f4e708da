"""One line for each request, written past the machinery for other events: that would double the time of a request.

The fields are ours, apart from the correlation id, whose letters are checked: there is nothing to redact.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import orjson

RequestLog = Callable[[str, str, str, int, float], None]
"""Takes correlation id, method, route (its template, never the path: names in paths are personal), status, seconds."""


def request_log(log_format: Literal["console", "json"]) -> RequestLog:
    """Return what writes the lines, to standard error."""
    return _json if log_format == "json" else _console


def silent(_correlation_id: str, _method: str, _route: str, _status: int, _seconds: float) -> None:
    """Write nothing."""


def _json(correlation_id: str, method: str, route: str, status: int, seconds: float) -> None:
    line = {
        "event": "request_handled",
        "level": "info",
        "timestamp": datetime.now(UTC),
        "correlation_id": correlation_id,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    sys.stderr.write(orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE).decode())


def _console(correlation_id: str, method: str, route: str, status: int, seconds: float) -> None:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    sys.stderr.write(
        f"{now}Z [info     ] request_handled                "
        f"{method} {route} {status} {seconds * 1000:.1f} ms correlation_id={correlation_id}\n"
    )
