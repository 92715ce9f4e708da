"""Upcasters: convert the data of versions that are no longer written to the next version."""

from pydantic import JsonValue

_RETRYABLE_REASONS = ("TIMEOUT", "OUT_OF_MEMORY", "INTERNAL")
"""Retryable reasons of the analyzers that wrote version 1; later reasons came with version 2."""


def analysis_failed_v1(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Add `retryable`, which follows from `reason` in version 1."""
    return {**data, "retryable": data.get("reason") in _RETRYABLE_REASONS}


def plain_texts_v1(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Change nothing: version 2 has the same fields, with sealed texts where version 1 has plain ones."""
    return data
