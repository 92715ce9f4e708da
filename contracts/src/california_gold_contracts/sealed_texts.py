"""Sealed texts: what a person wrote stands in events encrypted, under a key that dies with the account.

A sealed text is `sealed:<owner id>:<ciphertext in base64>`. Only services of the product can open it; the HTTP API has
the texts as long as the account exists.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from pydantic import JsonValue

from california_gold_contracts import files, jobs

PREFIX = "sealed"
Field = tuple[str, ...]
JsonObject = dict[str, JsonValue]
_INPUT = (("input", "name"), ("input", "content_type"))

SEALED_FIELDS: Mapping[str, tuple[Field, ...]] = {
    jobs.JobSubmitted.wire_type: (("title",), ("description",), *_INPUT),
    jobs.JobDescribed.wire_type: (("title",), ("description",)),
    jobs.JobInputAttached.wire_type: _INPUT,
    files.FileStored.wire_type: (("bucket",), ("name",), ("content_type",)),
}
"""The fields that are sealed, by wire type. Version 1 of these events has the same fields as plain text."""


def is_sealed(text: str) -> bool:
    """Whether a text of an event is sealed."""
    prefix, _, rest = text.partition(":")
    return prefix == PREFIX and rest.partition(":")[0].isdecimal()


def owner_of(sealed: str) -> int:
    """Return the id of the user whose key opens a sealed text."""
    return int(sealed.split(":", 2)[1])


def texts(wire_type: str, data: JsonObject) -> Iterator[str]:
    """Yield the texts in the sealed fields of an event's data."""
    for field in SEALED_FIELDS.get(wire_type, ()):
        holder = _holder(data, field)
        if holder is not None and isinstance(text := holder.get(field[-1]), str):
            yield text


def replace_texts(wire_type: str, data: JsonObject, replacement: Callable[[Field, str], str]) -> None:
    """Replace each text in the sealed fields of an event's data."""
    for field in SEALED_FIELDS.get(wire_type, ()):
        holder = _holder(data, field)
        if holder is not None and isinstance(text := holder.get(field[-1]), str):
            holder[field[-1]] = replacement(field, text)


def _holder(data: JsonObject, field: Field) -> JsonObject | None:
    """Return the object that has a field; None when it is null."""
    holder: JsonValue = data
    for name in field[:-1]:
        holder = cast("JsonObject", holder).get(name)
    return holder if isinstance(holder, dict) else None
