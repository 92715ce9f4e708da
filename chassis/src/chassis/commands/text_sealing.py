"""TextSealing: seals the texts of events under the key of their owner, and opens them (crypto-shredding, ADR 39)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import orjson

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.sealed_texts import PREFIX, SEALED_FIELDS, JsonObject, texts
from chassis.commands.encryption import TextCipher
from chassis.ports.event_store import StoredEvent
from chassis.ports.key_store import KeyStore

Seal = Callable[[str, bytes], bytes]
"""Returns the data of an event of a wire type with its texts sealed."""

ERASED = "(erased)"
"""What a text of a deleted account reads as."""

_OWNER = re.compile(rb'"%b:(\d+):' % PREFIX.encode())
_SEALED = re.compile(rb'"(\w+)":"%b:(\d+):([A-Za-z0-9+/=]*)"' % PREFIX.encode())
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
        cipher, owner = TextCipher(await self.keys.key_for(key_subject(owner_id))), str(owner_id).encode()

        def seal(wire_type: str, data: bytes) -> bytes:
            sealed: JsonObject = orjson.loads(data)
            for holder, name, text in texts(wire_type, sealed):
                holder[name] = f"{PREFIX}:{owner_id}:{cipher.encrypt(text, _associated(owner, name.encode()))}"
            return orjson.dumps(sealed)

        return seal

    async def opened(self, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Return the events with their texts opened; those of deleted accounts read `ERASED`.

        The keys of all events are read together. Texts that are not sealed stay as they are.
        """
        found = {index: event for index, event in enumerate(events) if event.type in SEALED_FIELDS}
        if not found:
            return events
        owners = {owner for event in found.values() for owner in _OWNER.findall(event.data)}
        ciphers, opened = await self._ciphers(owners), list(events)
        for index, event in found.items():
            opened[index] = replace(event, data=_opened(event.data, ciphers))
        return opened

    async def _ciphers(self, owners: set[bytes]) -> Mapping[bytes, TextCipher]:
        subjects = {key_subject(int(owner)): owner for owner in owners}
        keys = await self.keys.get_many(list(subjects))
        return {subjects[subject]: TextCipher(key) for subject, key in keys.items()}


def _opened(data: bytes, ciphers: Mapping[bytes, TextCipher]) -> bytes:
    """Replace the sealed texts in the bytes of the JSON: to parse it and to write it again would take twice as long."""

    def plain(found: re.Match[bytes]) -> bytes:
        name, owner, ciphertext = found.groups()
        cipher = ciphers.get(owner)
        text = cipher.decrypt(ciphertext, _associated(owner, name)) if cipher else ERASED
        return b'"%b":%b' % (name, orjson.dumps(text))

    return _SEALED.sub(plain, data)


def _associated(owner: bytes, name: bytes) -> bytes:
    return b"user-%b/%b" % (owner, name)
