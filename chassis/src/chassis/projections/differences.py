"""The differences between two JSON values, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Difference:
    """One field whose value differs; `path` names it with dots. A field that is absent is null."""

    path: str
    before: JsonValue
    after: JsonValue


def differences(before: JsonValue, after: JsonValue, path: str = "") -> Iterator[Difference]:
    """Yield every field that differs, in alphabetical order; lists are compared as a whole."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    else:
        yield Difference(path, before, after)
