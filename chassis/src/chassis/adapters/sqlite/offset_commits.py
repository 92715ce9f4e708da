"""Offset commits of all groups of a process: written together, a few times a second."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database
from chassis.ports.event_store import StoreUnavailable

_INTERVAL_SECONDS = 0.2


class OffsetCommits:
    """Offsets that are acknowledged and not written yet. One transaction commits those of every group.

    A process that is killed loses the last fifth of a second of them, and receives those messages again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[tuple[str, str], int] = {}
        self._later: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def add(self, group: str, offsets: Mapping[str, int]) -> None:
        """Commit offsets of a group within the interval."""
        for topic, offset in offsets.items():
            self._pending[group, topic] = offset
        if self._later is None or self._later.done():
            self._later = asyncio.create_task(self._flush_later(), name="offset-commits")

    async def flush(self) -> None:
        """Return once all that was added is committed. Raises `StoreUnavailable`; then it stays pending."""
        async with self._writing:
            pending, self._pending = self._pending, {}
            if pending:
                await self._commit(pending)

    async def _commit(self, pending: dict[tuple[str, str], int]) -> None:
        rows = [(group, topic, offset) for (group, topic), offset in pending.items()]
        try:
            await self._database.write(lambda connection: topic_log.commit(connection, rows))
        except BaseException:
            self._pending = {**pending, **self._pending}
            raise

    async def close(self) -> None:
        """Commit what is pending, and no more later. An outage loses it: those messages are received again."""
        if self._later is not None:
            self._later.cancel()
        with suppress(StoreUnavailable):
            await self.flush()

    async def _flush_later(self) -> None:
        while self._pending:
            await asyncio.sleep(_INTERVAL_SECONDS)
            with suppress(StoreUnavailable):
                await self.flush()
