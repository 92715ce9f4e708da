"""LRU cache: the least recently used entry is evicted first."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_MAX_ENTRIES = 1000
_MAX_ENTRY_BYTES = 64 * 1024

Value = TypeVar("Value")


@dataclass
class LruCache(Generic[Value]):
    """LRU cache of values by key: at most 1,000 entries of at most 64 KiB each.

    An entry is popped while it is in use and put back after success, so that a failure evicts it.
    """

    _entries: "OrderedDict[str, Value]" = field(default_factory=OrderedDict[str, Value])

    def pop(self, key: str) -> Value | None:
        """Remove an entry and return its value; None when there is none."""
        return self._entries.pop(key, None)

    def put(self, key: str, value: Value, size: int) -> None:
        """Replace the entry of a key. A value of more than 64 KiB is not cached; `size` is in bytes."""
        self._entries.pop(key, None)
        if size <= _MAX_ENTRY_BYTES:
            self._entries[key] = value
        if len(self._entries) > _MAX_ENTRIES:
            self._entries.popitem(last=False)
