"""Sealed texts: what a person wrote stands in events encrypted, under a key that dies with the account.

A sealed text is `sealed:<owner id>:<ciphertext in base64>`. Only services of the product can open it; the HTTP API has
the texts as long as the account exists.
"""

from collections.abc import Iterator, Mapping
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
    return parsed(text) is not None


def parsed(text: str) -> tuple[int, str] | None:
    """Return the id of the owner and the ciphertext of a sealed text; None for another text."""
    prefix, _, rest = text.partition(":")
    owner, colon, ciphertext = rest.partition(":")
    return (int(owner), ciphertext) if prefix == PREFIX and colon and owner.isdecimal() else None


def texts(wire_type: str, data: JsonObject) -> Iterator[tuple[JsonObject, str, str]]:
    """Yield the texts in the sealed fields of an event: the object that holds each, its name there, and the text."""
    for *path, name in SEALED_FIELDS.get(wire_type, ()):
        holder: JsonValue = data
        for step in path:
            holder = cast("JsonObject", holder).get(step)
        if isinstance(holder, dict) and isinstance(text := holder.get(name), str):
            yield holder, name, text
