"""The port of the message bus: durable topics with partitions, offsets and consumer groups, as in Kafka."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from california_gold_contracts.envelope import Envelope, from_message


class MessageTooLarge(ValueError):
    """A message exceeds the size limit of the bus. Retrying cannot succeed."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish. Messages with the same key stay in order."""

    topic: str
    key: str
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedMessage(Message):
    """A message read from a topic, with its partition and offset.

    Several readers of one process may receive the same object: its event is read once for all of them.
    """

    partition: int = 0
    offset: int = -1
    _envelope: Envelope | None = field(default=None, init=False, repr=False, compare=False)

    def envelope(self) -> Envelope:
        """Return the event in this message. Raises `MalformedEnvelope`."""
        envelope = self._envelope
        if envelope is None:
            envelope = from_message(self.headers, self.value)
            object.__setattr__(self, "_envelope", envelope)
        return envelope


@dataclass(frozen=True, slots=True)
class Lag:
    """Consumer lag of a group on a topic: how many messages are not acknowledged yet, and how many ever were."""

    topic: str
    behind: int
    acknowledged: int


class Subscription(Protocol):
    """One member of a consumer group."""

    def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield batches of messages for this member, endlessly; a batch is never empty."""
        ...

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Acknowledge handled messages, in any order.

        The committed offset advances over the contiguous prefix only: shortly after, and before a member leaves.
        After a member crashes, everything after the committed offset is redelivered to another member.
        """
        ...


class MessageBus(Protocol):
    """Durable topics. Every method raises `StoreUnavailable` when the bus is unreachable."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish messages, in order per key; return when all of them are durable.

        On failure some may have been published: a prefix for each key. Raises `MessageTooLarge` if the bus has a limit.
        """
        ...

    def subscribe(self, topics: Sequence[str], group: str) -> AbstractAsyncContextManager[Subscription]:
        """Join a consumer group at its committed offset (a new group: at the start). One member gets each message."""
        ...

    def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield all messages of the topics, without a consumer group, from the start or from now on, endlessly.

        One batch is empty: it comes when the start offset is fixed and, with `from_start`, after all messages that
        existed at that time. After it, no later message is missed.
        """
        ...

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return one `Lag` per topic."""
        ...
