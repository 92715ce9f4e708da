"""One connected client: a bounded queue that the sender never waits for."""

import asyncio
from dataclasses import dataclass, field

_MOST_WAITING = 512


class TooSlow(Exception):  # noqa: N818  (named as the fact)
    """The client did not take its messages in time."""


@dataclass(eq=False)
class Listener:
    """Takes the messages for one socket. `user_id` is None for an anonymous one."""

    user_id: int | None
    _waiting: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    _too_slow: bool = False

    def tell(self, text: str) -> None:
        """Queue a message; a client that has let too many wait is given up."""
        self._put(text)

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._put(None)

    async def next(self) -> str | None:
        """Return the next message, None after the last. Raises `TooSlow` when messages were lost."""
        if self._too_slow:
            raise TooSlow
        return await self._waiting.get()

    def _put(self, item: str | None) -> None:
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self._too_slow = True
