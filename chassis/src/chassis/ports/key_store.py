"""The port of the key store: one encryption key per subject, for crypto-shredding (deleting a key erases its data)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from chassis.ports.event_store import StoreRefused


class KeyShredded(LookupError):
    """The subject's key was deleted. A new one is never created."""


class KeyStore(Protocol):
    """Keys of 32 random bytes. Every method raises `StoreUnavailable` when the store is unreachable.

    A subject is `<owner>:<name>`. The owner is `user` for the keys of users; others name who may read the key, and the
    rights to their keys are granted apart (ADR 38).
    """

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key, created durably on the first call. Raises `KeyShredded`."""
        ...

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist, by subject, in one read; it creates none. All subjects have one owner.

        A key that is shredded at the same time may still be returned.
        """
        ...

    async def shred(self, subject: str) -> None:
        """Delete the subject's key, durably. Idempotent."""
        ...


@dataclass(frozen=True)
class NoKeys:
    """The `KeyStore` of a process without access to keys: every call raises `StoreRefused`, which names the setting."""

    setting: str

    async def key_for(self, subject: str) -> NoReturn:
        """Refuse."""
        raise StoreRefused(f"{self.setting}: this process has no access to keys")

    async def get_many(self, subjects: Sequence[str]) -> NoReturn:
        """Refuse."""
        raise StoreRefused(f"{self.setting}: this process has no access to keys")

    async def shred(self, subject: str) -> NoReturn:
        """Refuse."""
        raise StoreRefused(f"{self.setting}: this process has no access to keys")
