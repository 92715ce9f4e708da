"""One connected client: a bounded queue that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_MOST_WAITING = 512


class TooSlow(Exception):
    """The client did not take its messages in time."""


@dataclass(eq=False)
class Subscriber:
    """Takes the messages for one socket.

    `user_id` is None for an anonymous one. `owner_only`: a job of somebody else is to it like one that does not exist.
    `knows_job` says whether it has been told a state yet.
    """

    user_id: int | None
    owner_only: bool = False
    knows_job: bool = False
    _waiting: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    _too_slow: bool = False

    def tell(self, text: str) -> None:
        """Queue a message; a client that lets too many wait is given up."""
        self._put(text)

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._put(None)

    async def messages(self) -> AsyncIterator[str]:
        """Yield the messages in order, until the last. Raises `TooSlow` once some were lost."""
        while (text := await self._waiting.get()) is not None:
            if self._too_slow:
                raise TooSlow
            yield text

    def _put(self, item: str | None) -> None:
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self._too_slow = True
