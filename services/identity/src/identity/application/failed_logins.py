"""Failed log-ins by account: growing delays between the tries that are checked (ADR 35)."""

import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil

from limits.aio.storage import Storage

from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.key_store import KeyStore
from identity.domain.errors import TooManyTries

FREE_TRIES = 10
MAX_DELAY_SECONDS = 120
"""Of each counter of a name at most 50 tries are checked in any hour: free ones, some while the delay doubles, and one
in two minutes."""
WINDOW_SECONDS = 3600
KNOWN_SECONDS = 30 * 24 * 3600
_KEY_SUBJECT = "identity:logins"
_MAX_DOUBLINGS = 7


@dataclass
class FailedLogins:
    """Counts each try before its password is checked, so that concurrent ones are counted, too.

    A name has two counters: for the addresses from which it has logged in lately, and for all others. So an attack from
    elsewhere does not delay the owner at a known address. A name without an account is counted alike. The counters
    have names and addresses as keyed hashes only.
    """

    counters: Storage | None
    """None: nothing is counted."""
    keys: KeyStore
    clock: Clock
    _secret: bytes | None = field(init=False, repr=False, default=None)

    @asynccontextmanager
    async def attempt(self, username: str, address: str) -> AsyncGenerator[None]:
        """Count a try, whose password is checked while the block runs. It counts as failed unless the block ends well.

        Raises `TooManyTries` while a delay lasts; then nothing is checked.
        """
        if self.counters is None:
            yield
            return
        origin = f"login-known:{await self._hash(username, address)}"
        kind = "known" if await self.counters.get(origin) else "other"
        tries = f"login-tries:{kind}:{await self._hash(username)}"
        await self._count(self.counters, tries)
        try:
            yield
        except StoreUnavailable:
            await self.counters.incr(tries, WINDOW_SECONDS, -1)
            raise
        await self.counters.incr(tries, WINDOW_SECONDS, -1)
        await self.counters.incr(origin, KNOWN_SECONDS)

    async def _count(self, counters: Storage, tries: str) -> None:
        """Count a try. Beyond the free ones one passes, and then none until its delay has ended."""
        excess = await counters.incr(tries, WINDOW_SECONDS) - FREE_TRIES
        if excess <= 0:
            return
        delay = min(MAX_DELAY_SECONDS, 2 ** min(excess - 1, _MAX_DOUBLINGS))
        if await counters.incr(f"{tries}:delay", delay) > 1:
            ends = await counters.get_expiry(f"{tries}:delay")
            await counters.incr(tries, WINDOW_SECONDS, -1)
            raise TooManyTries(min(MAX_DELAY_SECONDS, max(1, ceil(ends - self.clock.now().timestamp()))))

    async def _hash(self, *texts: str) -> str:
        self._secret = self._secret or await self.keys.key_for(_KEY_SUBJECT)
        return hmac.digest(self._secret, "\0".join(texts).encode(), "sha256").hex()
