"""Keys of the security log: one per day. Identity publishes the public ones and destroys the private ones in time."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

from chassis.coordination.checkpoints import Checkpoints
from chassis.ports.document_store import Collection, Document
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Worker
from chassis.security_log.sealed_box import public_key_of

DAY_KEYS = Collection("security-log-keys")
"""One document per day (UTC): its id is the date, its body the public key."""

_NAME = "security-log-keys"
_DAYS_AHEAD = 14
"""How long identity may be away before others can't record."""
_INTERVAL_SECONDS = 3600.0


def key_subject(day: date) -> str:
    """Return the subject of a day's private key in the key store."""
    return f"identity:security-log-{day.isoformat()}"


@dataclass(frozen=True)
class DayKeys:
    """Publishes the keys of the coming days, and shreds those of days that ended more than `retention` ago.

    The events stay, and so does every proof of the log; nobody can read them any more.
    """

    infrastructure: Infrastructure
    retention: timedelta

    @property
    def worker(self) -> Worker:
        """The worker that does both, every hour."""
        return Worker(_NAME, self.run)

    async def run(self) -> None:
        """Renew the keys until cancelled. Raises `StoreUnavailable`."""
        while True:
            await self.renew()
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def renew(self) -> None:
        """Publish the keys that are missing, and shred those that are due. Idempotent."""
        today = self.infrastructure.clock.now().date()
        await self._publish(today)
        await self._shred_until(today - self.retention - timedelta(days=1))

    async def _publish(self, today: date) -> None:
        days = [today + timedelta(days=number) for number in range(_DAYS_AHEAD)]
        stored = await self.infrastructure.documents.get_many(DAY_KEYS, [day.isoformat() for day in days])
        for day in days:
            if day.isoformat() not in stored:
                public_key = public_key_of(await self.infrastructure.keys.key_for(key_subject(day)))
                document = Document(day.isoformat(), 0, orjson.dumps(public_key.hex()))
                await self.infrastructure.documents.put_newer(DAY_KEYS, [document])

    async def _shred_until(self, last: date) -> None:
        checkpoints = Checkpoints(self.infrastructure.documents)
        shredded = await checkpoints.load(_NAME)
        first = last.toordinal() if shredded is None else shredded + 1
        for ordinal in range(first, last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            await self.infrastructure.keys.shred(key_subject(day))
            await self.infrastructure.documents.delete(DAY_KEYS, [day.isoformat()])
            await checkpoints.advance(_NAME, ordinal)
