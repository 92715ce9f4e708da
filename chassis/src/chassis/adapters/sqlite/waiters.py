"""Who waits for which part of a database to change."""

import asyncio
from collections.abc import Generator, Hashable, Iterable
from contextlib import contextmanager


class Waiters:
    """Signals by key. Used on the event loop only."""

    def __init__(self) -> None:
        self._signals: dict[Hashable, set[asyncio.Event]] = {}

    @contextmanager
    def watching(self, keys: Iterable[Hashable]) -> Generator[asyncio.Event]:
        """Give a signal that is set whenever one of `keys` is woken.

        Clear it before reading: then a change during the read sets it again and none is missed.
        """
        signal, watched = asyncio.Event(), list(keys)
        for key in watched:
            self._signals.setdefault(key, set()).add(signal)
        try:
            yield signal
        finally:
            for key in watched:
                self._forget(key, signal)

    def wake(self, keys: Iterable[Hashable]) -> None:
        """Set the signals of these keys."""
        for key in keys:
            for signal in self._signals.get(key, ()):
                signal.set()

    def wake_all(self) -> None:
        """Set every signal: something changed, and nobody knows what."""
        self.wake(list(self._signals))

    def _forget(self, key: Hashable, signal: asyncio.Event) -> None:
        signals = self._signals[key]
        signals.discard(signal)
        if not signals:
            del self._signals[key]
