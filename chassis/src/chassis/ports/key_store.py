"""The port of the key store: one secret key per subject, so that shredding the key erases the subject."""

from typing import Protocol


class KeyShredded(LookupError):
    """The subject was erased: its key is gone for ever and no new one is made."""


class KeyStore(Protocol):
    """Keys of 32 random bytes. Every method raises `StoreUnavailable` when the store can't be reached."""

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key, made (and durable) at the first call. Raises `KeyShredded`."""
        ...

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key, durably. Done twice it changes nothing."""
        ...
