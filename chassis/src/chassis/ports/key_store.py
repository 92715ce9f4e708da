"""The port of the key store: one encryption key per subject, for crypto-shredding (deleting a key erases its data)."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class KeyShredded(LookupError):
    """The subject's key was deleted. A new one is never created."""


class KeyStore(Protocol):
    """Keys of 32 random bytes. Every method raises `StoreUnavailable` when the store is unreachable."""

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key, created durably on the first call. Raises `KeyShredded`."""
        ...

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist, by subject, in one read; it creates none.

        A key that is shredded at the same time may still be returned.
        """
        ...

    async def shred(self, subject: str) -> None:
        """Delete the subject's key, durably. Idempotent."""
        ...
