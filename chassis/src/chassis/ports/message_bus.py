"""The port of the message bus: topics that services and downstream systems read at their own pace."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


class MessageTooLarge(ValueError):
    """A message is larger than the bus takes; to publish it again would not help."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish. Messages of one key stay in order."""

    topic: str
    key: str
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedMessage(Message):
    """A message read from a topic, with its place there."""

    partition: int = 0
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind on a topic: messages not yet acknowledged, and how many it ever acknowledged."""

    topic: str
    behind: int
    acknowledged: int


class Subscription(Protocol):
    """One member of a consumer group."""

    def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield what has not been handed to this member yet, for ever; never an empty batch."""
        ...

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Say that these are done, in any order.

        The group's durable place moves over the contiguous prefix only, soon, and before a member that leaves is gone.
        A member that dies is followed by one that is given everything after that place.
        """
        ...


class MessageBus(Protocol):
    """Durable topics. Every method raises `StoreUnavailable` when the bus can't be reached."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are durable. Order is kept per key.

        A failure may have published a part: of each key a prefix. Raises `MessageTooLarge`, where the bus has a limit.
        """
        ...

    def subscribe(self, topics: Sequence[str], group: str) -> AbstractAsyncContextManager[Subscription]:
        """Join a group, at its durable place (the beginning for a new group). Each message goes to one member."""
        ...

    def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield every message to every follower, from the beginning or from now, for ever.

        The first batch is empty and comes once the place is fixed (and, from the start, after all that was there at
        that moment): whoever waits for it knows that nothing later is missed.
        """
        ...

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return one `Lag` a topic."""
        ...
