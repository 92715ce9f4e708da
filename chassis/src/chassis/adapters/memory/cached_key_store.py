"""Key store decorator with a cache: opening a text does not read its key again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from chassis.ports.key_store import KeyStore

MAX_AGE_SECONDS = 60.0
"""A key that another process has shredded is forgotten after a minute."""

_MAX_KEYS = 10_000


class CachedKeyStore:
    """A `KeyStore` that caches at most 10,000 keys, each for a minute; a key that it shreds is forgotten at once."""

    def __init__(self, keys: KeyStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._keys, self._monotonic = keys, monotonic
        self._cached: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key; the first call creates it."""
        found = self._fresh(subject)
        if found is None:
            read_at, found = self._monotonic(), await self._keys.key_for(subject)
            self._put(subject, found, read_at)
        return found

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist; those that are not cached are read together."""
        found = {subject: key for subject in subjects if (key := self._fresh(subject)) is not None}
        if missing := [subject for subject in subjects if subject not in found]:
            read_at, read = self._monotonic(), await self._keys.get_many(missing)
            for subject, key in read.items():
                self._put(subject, key, read_at)
            found |= read
        return found

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key, here too."""
        await self._keys.shred(subject)
        self._cached.pop(subject, None)

    def _fresh(self, subject: str) -> bytes | None:
        key, read_at = self._cached.get(subject, (None, 0.0))
        return key if self._monotonic() - read_at < MAX_AGE_SECONDS else None

    def _put(self, subject: str, key: bytes, read_at: float) -> None:
        self._cached[subject] = key, read_at
        self._cached.move_to_end(subject)
        if len(self._cached) > _MAX_KEYS:
            self._cached.popitem(last=False)
