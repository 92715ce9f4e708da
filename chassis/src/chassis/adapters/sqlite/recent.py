"""The newest entries of a log, as objects: who follows the log in this process does not read and decode them again."""

from collections import deque
from typing import Generic, TypeVar

Entry = TypeVar("Entry")
_MAX_ENTRIES = 1000
_MAX_BYTES = 4 * 1024**2


class Recent(Generic[Entry]):
    """The last entries that this process has written, without gaps: at most 1,000 of them, and at most 4 MiB.

    Another process may write to the same log, so that an entry that is not here may still exist. For the event loop.
    """

    def __init__(self) -> None:
        self._entries: deque[tuple[Entry, int]] = deque()
        self._last = -1
        self._bytes = 0

    def add(self, number: int, entry: Entry, size: int) -> None:
        """Add the entry of a number. After a gap (another process wrote in between) what was there is forgotten."""
        if number != self._last + 1:
            self._entries.clear()
            self._bytes = 0
        self._last = number
        self._entries.append((entry, size))
        self._bytes += size
        while len(self._entries) > _MAX_ENTRIES or self._bytes > _MAX_BYTES:
            _, left = self._entries.popleft()
            self._bytes -= left

    def after(self, number: int) -> list[Entry] | None:
        """Return the entries that this process has written after a number; None when not all of them are here."""
        count = max(0, self._last - number)
        if count > len(self._entries):
            return None
        return [self._entries[index][0] for index in range(-count, 0)]
