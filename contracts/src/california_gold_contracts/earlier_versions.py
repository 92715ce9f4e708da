"""How the data of versions that are written no more reads as the version that came after."""

from pydantic import JsonValue

_MAY_PASS_LATER = ("TIMEOUT", "OUT_OF_MEMORY", "INTERNAL")
"""What analyzers meant by their codes when they wrote version 1; later codes came with version 2."""


def analysis_failed_v1(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a failed analysis with `retryable`, which version 1 told by its `reason` alone."""
    return {**data, "retryable": data.get("reason") in _MAY_PASS_LATER}
