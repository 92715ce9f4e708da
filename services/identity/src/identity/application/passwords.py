"""Password hashing with Argon2id, in threads: at most as many at a time as there are cores."""

import asyncio
import os

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chassis.commands.text import nfc

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's recommendation for Argon2id (Password Storage Cheat Sheet, 2024): 19 MiB, 2 passes, 1 lane."""


class Passwords:
    """Hashes and verifies passwords; either takes tens of milliseconds of one core."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._decoy_hash = hasher.hash(os.urandom(16))
        self._semaphore = asyncio.Semaphore(os.cpu_count() or 1)

    async def hash(self, password: str) -> str:
        """Return a salted hash in PHC format."""
        async with self._semaphore:
            return await asyncio.to_thread(self._hasher.hash, nfc(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Return whether a password matches a hash. With None it does not, and the call takes as long."""
        async with self._semaphore:
            matches = await asyncio.to_thread(self._matches, password, password_hash or self._decoy_hash)
        return matches and password_hash is not None

    def _matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, nfc(password))
        except VerifyMismatchError:
            return False
