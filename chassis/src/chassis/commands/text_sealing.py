"""TextSealing: seals the texts of events under the key of their owner, and opens them (crypto-shredding, ADR 39)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import orjson

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.sealed_texts import (
    PREFIX,
    SEALED_FIELDS,
    Field,
    JsonObject,
    is_sealed,
    owner_of,
    replace_texts,
    texts,
)
from chassis.commands.encryption import decrypt, encrypt
from chassis.ports.event_store import StoredEvent
from chassis.ports.key_store import KeyStore

Seal = Callable[[str, bytes], bytes]
"""Returns the data of an event of a wire type with its texts sealed."""

ERASED = "(erased)"
"""What a text of a deleted account reads as."""

Recorded = TypeVar("Recorded", StoredEvent, Envelope)


def key_subject(owner_id: int) -> str:
    """Return the subject of the key of a user's texts in the key store."""
    return f"texts:{owner_id}"


@dataclass(frozen=True)
class TextSealing:
    """AES-256-GCM under one key per owner. Owner and field are authenticated with each text.

    Both directions work on the data of events, so that the classes of events and the domain know plain texts only.
    """

    keys: KeyStore

    async def sealer(self, owner_id: int) -> Seal:
        """Return the function that seals texts of an owner. Raises `KeyShredded` for a deleted account."""
        key = await self.keys.key_for(key_subject(owner_id))

        def sealed(field: Field, text: str) -> str:
            return f"{PREFIX}:{owner_id}:{encrypt(key, text, _associated(owner_id, field))}"

        return lambda wire_type, data: _with_texts(wire_type, orjson.loads(data), sealed)

    async def opened(self, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Return the events with their texts opened; those of deleted accounts read `ERASED`.

        The keys of all events are read together. Texts that are not sealed stay as they are.
        """
        sealed = {index: data for index, event in enumerate(events) if (data := _sealed_data(event)) is not None}
        if not sealed:
            return events
        keys = await self._keys({owner for index, data in sealed.items() for owner in _owners(events[index], data)})
        return [
            replace(event, data=_opened(event.type, sealed[index], keys)) if index in sealed else event
            for index, event in enumerate(events)
        ]

    async def _keys(self, owners: set[int]) -> Mapping[int, bytes]:
        subjects = {key_subject(owner): owner for owner in sorted(owners)}
        return {subjects[subject]: key for subject, key in (await self.keys.get_many(list(subjects))).items()}


def _sealed_data(event: StoredEvent | Envelope) -> JsonObject | None:
    return orjson.loads(event.data) if event.type in SEALED_FIELDS else None


def _owners(event: StoredEvent | Envelope, data: JsonObject) -> set[int]:
    return {owner_of(text) for text in texts(event.type, data) if is_sealed(text)}


def _opened(wire_type: str, data: JsonObject, keys: Mapping[int, bytes]) -> bytes:
    def plain(field: Field, text: str) -> str:
        if not is_sealed(text):
            return text
        owner_id = owner_of(text)
        key = keys.get(owner_id)
        return decrypt(key, text.split(":", 2)[2], _associated(owner_id, field)) if key else ERASED

    return _with_texts(wire_type, data, plain)


def _with_texts(wire_type: str, data: JsonObject, replacement: Callable[[Field, str], str]) -> bytes:
    replace_texts(wire_type, data, replacement)
    return orjson.dumps(data)


def _associated(owner_id: int, field: Field) -> str:
    return f"user-{owner_id}/{'.'.join(field)}"
