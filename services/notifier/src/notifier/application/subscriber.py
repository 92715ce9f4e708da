"""Subscriber: one connected client, with a bounded queue of messages that never blocks the sender."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from notifier.application.slot import Slot

_MAX_QUEUED = 512


@dataclass(frozen=True, slots=True)
class SocketMessage:
    """A message for a socket, and the context of the event that it follows from."""

    text: str
    traceparent: str = ""


class SlowConsumer(Exception):
    """The client did not read its messages in time, and some were lost."""


@dataclass(eq=False)
class Subscriber:
    """The messages for one socket.

    `user_id` is None for an anonymous client. `owner_only`: other users' jobs look as if they did not exist.
    `slot` is its place among the sockets of the client. `job_found` is set once there is a job that the client may see.
    """

    user_id: int | None
    owner_only: bool = False
    slot: Slot = field(default_factory=Slot)
    job_found: asyncio.Event = field(default_factory=asyncio.Event)
    _queue: asyncio.Queue[SocketMessage | None] = field(default_factory=lambda: asyncio.Queue(_MAX_QUEUED))
    _overflowed: bool = False

    def may_see(self, owner_id: int) -> bool:
        """Whether the jobs of an owner exist for this client."""
        return not self.owner_only or self.user_id == owner_id

    def send(self, text: str, traceparent: str = "") -> None:
        """Queue a message. When the queue is full, the message is lost and `messages` raises."""
        self._put(SocketMessage(text, traceparent))

    def finish(self) -> None:
        """End `messages` after the queued ones."""
        self._put(None)

    async def messages(self) -> AsyncIterator[SocketMessage]:
        """Yield the messages in order. Raises `SlowConsumer` once some were lost."""
        while (message := await self._queue.get()) is not None:
            if self._overflowed:
                raise SlowConsumer
            yield message

    def _put(self, item: SocketMessage | None) -> None:
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self._overflowed = True
