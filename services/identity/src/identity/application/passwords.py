"""Password hashes: Argon2id, off the event loop, no more at once than there are cores."""

import asyncio
import os

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chassis.commands.text import nfc

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's recommendation for Argon2id (Password Storage Cheat Sheet, 2024): 19 MiB, 2 passes, 1 lane."""


class Passwords:
    """Hashes and verifies; both take tens of milliseconds of a core."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._nobodys = hasher.hash(os.urandom(16))
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def hash(self, password: str) -> str:
        """Return a salted hash in PHC format."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, nfc(password))

    async def verify(self, password: str, known: str | None) -> bool:
        """Say whether a password fits a hash. With None it does not, which takes as long to find out."""
        async with self._turns:
            fits = await asyncio.to_thread(self._fits, password, known or self._nobodys)
        return fits and known is not None

    def _fits(self, password: str, known: str) -> bool:
        try:
            return self._hasher.verify(known, nfc(password))
        except VerifyMismatchError:
            return False
