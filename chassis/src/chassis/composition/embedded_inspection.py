"""Inspection of the stores in a data folder; a running product has them open meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from chassis.adapters.filesystem import object_index
from chassis.adapters.filesystem.inspection import missing_blob
from chassis.adapters.sqlite import event_store, key_store, topic_log
from chassis.adapters.sqlite.inspection import Query, inspect, missing_indexes, read_only
from chassis.commands.recording import envelope_of
from chassis.ports.document_store import Collection
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.inspection import CheckResult, not_applicable, warning, well, wrong

T = TypeVar("T")
EVENTS, KEYS, OBJECTS = Path("events.db"), Path("keys.db"), Path("objects") / "index.db"
DOCUMENTS, MESSAGES = Path("documents.db"), Path("messages.db")
DATABASES = (KEYS, OBJECTS, EVENTS, MESSAGES, DOCUMENTS)
_RESTORE = "restore it from a backup: docs/operations.md#back-up"
_SECONDS = 3.0
"""Less than a check may take: what was read until then is reported."""
_CLOCK_TOLERANCE = timedelta(seconds=5)


@dataclass(frozen=True)
class EmbeddedInspection:
    """A `StoreInspection` of a data folder."""

    data_dir: Path

    async def events(self) -> CheckResult:
        """Check `events.db`."""
        return await self._database(EVENTS, event_store.SCHEMA)

    async def documents(self) -> CheckResult:
        """Check `documents.db`."""
        return await self._database(DOCUMENTS, "")

    async def topics(self) -> CheckResult:
        """Check `messages.db`."""
        return await self._database(MESSAGES, topic_log.SCHEMA)

    async def objects(self) -> CheckResult:
        """Check the index of the objects and that their files are there."""
        index = await self._database(OBJECTS, object_index.SCHEMA)
        if index != well(index.seen):
            return index
        blobs = self.data_dir / OBJECTS.parent / "blobs"
        missing, count = await self._read(OBJECTS, lambda connection: missing_blob(connection, blobs, _SECONDS / 2))
        if missing is not None:
            return wrong(f"{blobs / missing.blob[:2] / missing.blob} is missing or has another size", _RESTORE)
        return well(f"{index.seen}; the files of {count:,} objects are there")

    async def keys(self, subjects: Sequence[str]) -> CheckResult:
        """Check `keys.db`, that it is for its owner only, and that it has the keys of some subjects."""
        database = await self._database(KEYS, key_store.SCHEMA)
        if database != well(database.seen):
            return database
        path = self.data_dir / KEYS
        if path.stat().st_mode & 0o077:
            return wrong(f"{path} can be read by other users", f"chmod 600 {path}")
        found = await self._read(KEYS, lambda connection: key_store.existing_keys(connection, subjects))
        lacking = [subject for subject in subjects if subject not in found]
        if lacking and await self._newest_event_time():
            return wrong(f"{path} lacks the key {lacking[0]!r}, and {EVENTS} has events", f"of one backup, {_RESTORE}")
        return database

    async def indexes(self, collections: Sequence[Collection]) -> CheckResult:
        """Check the indexes of `documents.db`."""
        if not (self.data_dir / DOCUMENTS).exists():
            return self._absent(DOCUMENTS)
        lacking = await self._read(DOCUMENTS, lambda connection: missing_indexes(connection, collections))
        if lacking:
            return warning(f"{DOCUMENTS} lacks the index of {'; '.join(lacking)}", "start the product: it makes it")
        return well(f"{DOCUMENTS} has the indexes that are declared")

    async def clock(self, now: datetime) -> CheckResult:
        """Compare with the time of the newest event."""
        newest = await self._newest_event_time()
        if newest is None:
            return well(f"{now:%Y-%m-%d %H:%M:%S} UTC")
        seen = f"{now:%Y-%m-%d %H:%M:%S} UTC; the newest event is of {newest:%Y-%m-%d %H:%M:%S} UTC"
        if newest > now + _CLOCK_TOLERANCE:
            return wrong(seen, "set the clock of this machine, which was set back")
        return well(seen)

    async def _newest_event_time(self) -> datetime | None:
        if not (self.data_dir / EVENTS).exists():
            return None
        newest = await self._read(EVENTS, event_store.newest_event)
        return envelope_of(newest).time if newest else None

    async def _database(self, name: Path, schema: str) -> CheckResult:
        path = self.data_dir / name
        if not path.exists():
            return self._absent(name)
        report = await self._read(name, lambda connection: inspect(connection, schema))
        if report.fault is not None:
            return wrong(f"{path}: {report.fault}", _RESTORE)
        if report.missing:
            return wrong(f"{path} lacks {', '.join(report.missing)}", "start the product: it makes them")
        extent = "read as a whole" if report.is_whole else f"too large to be read in {_SECONDS:.0f} s: a part was read"
        return well(f"{name}, {path.stat().st_size:,} bytes, {extent}")

    def _absent(self, name: Path) -> CheckResult:
        others = [str(other) for other in DATABASES if (self.data_dir / other).exists()]
        if others:
            return wrong(f"{self.data_dir / name} is missing, and {others[0]} is there", _RESTORE)
        return not_applicable(f"{name}: the first start makes it")

    async def _read(self, name: Path, work: Query[T]) -> T:
        path = self.data_dir / name
        try:
            return await asyncio.to_thread(read_only, path, work, _SECONDS)
        except StoreUnavailable as problem:
            raise StoreUnavailable(f"{path}: {problem}") from None
