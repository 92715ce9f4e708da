"""Wake-up signals for coroutines that wait for a change of a database."""

import asyncio
from collections.abc import Generator, Hashable, Iterable
from contextlib import contextmanager


class Waiters:
    """One `asyncio.Event` per waiting coroutine, registered under the keys that it watches. For the event loop only."""

    def __init__(self) -> None:
        self._events: dict[Hashable, set[asyncio.Event]] = {}
        self.foreign_changes = 0
        """How often a change by another process was noticed."""

    @contextmanager
    def watching(self, keys: Iterable[Hashable]) -> Generator[asyncio.Event]:
        """Yield an event that is set whenever one of `keys` is woken.

        Clear it before you read: a change during the read sets it again, so no change is missed.
        """
        event, watched = asyncio.Event(), list(keys)
        for key in watched:
            self._events.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            for key in watched:
                self._unregister(key, event)

    def wake(self, keys: Iterable[Hashable]) -> None:
        """Set the events of the coroutines that watch one of these keys."""
        for key in keys:
            for event in self._events.get(key, ()):
                event.set()

    def wake_all(self) -> None:
        """Set every event, for a change by another process, whose keys are unknown."""
        self.foreign_changes += 1
        self.wake(list(self._events))

    def _unregister(self, key: Hashable, event: asyncio.Event) -> None:
        events = self._events[key]
        events.discard(event)
        if not events:
            del self._events[key]
