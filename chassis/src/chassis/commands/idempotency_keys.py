"""Idempotency keys: each is bound to the content of the first request that used it."""

import hmac
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.ports.clock import Clock
from chassis.ports.event_store import NO_STREAM, EventStore, WrongExpectedRevision
from chassis.ports.key_store import KeyStore

_SOURCE = "/california-gold/idempotency"
_SECRET_SUBJECT = "chassis:idempotency"  # noqa: S105  (the name of the secret)


class KeyReused(Exception):
    """A caller's Idempotency-Key was used on this route for other content. Nothing was done."""


class KeyBound(Event):
    """A key was bound to content. The event's id is a keyed hash of both: the log tells nothing of the content."""

    wire_type: ClassVar[str] = "chassis.idempotency-key-bound.v1"


@dataclass
class IdempotencyKeys:
    """Writes the streams `idempotencykey-<command id>`, of one event each.

    One append decides, without a read: the store accepts it again with the same event id, and refuses another id.
    """

    events: EventStore
    keys: KeyStore
    clock: Clock
    _secret: bytes | None = field(init=False, repr=False, default=None)

    async def bind(self, context: CommandContext, content: bytes) -> None:
        """Bind the key behind `context.command_id` to the content of its request, for ever; a repeat changes nothing.

        Raises `KeyReused` when it is bound to other content, and `StoreUnavailable`.
        """
        stream = f"idempotencykey-{context.command_id}"
        [bound] = Recorder(_SOURCE, self.clock.now()).record([KeyBound()], context, stream, None)
        try:
            await self.events.append(stream, [replace(bound, id=await self._hash(context, content))], NO_STREAM)
        except WrongExpectedRevision:
            raise KeyReused from None

    async def fingerprint(self, content: bytes) -> bytes:
        """Return a keyed hash of content that may have a password: a plain one could be guessed from the log."""
        self._secret = self._secret or await self.keys.key_for(_SECRET_SUBJECT)
        return hmac.digest(self._secret, content, "sha256")

    async def _hash(self, context: CommandContext, content: bytes) -> UUID:
        fingerprint = await self.fingerprint(context.command_id.bytes + sha256(content).digest())
        return UUID(bytes=fingerprint[:16], version=4)
