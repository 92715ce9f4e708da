"""FileOrphans: which objects of files are orphaned, because an upload ended before its event was appended."""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from california_gold_contracts.catalog import FILES
from california_gold_contracts.files import FileStored
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import START, EventStore
from storage.application.event_handlers import KNOWN_OBJECTS
from storage.application.files import BUCKET

_OBJECT_KEY = re.compile(rf"{BUCKET}/\d+/[0-9a-f-]{{36}}")


@dataclass(frozen=True)
class FileOrphans:
    """Orphan rule: an object whose key has the form of a file's, and that no `FileStored` refers to."""

    documents: DocumentStore
    events: EventStore
    prefixes: Sequence[str] = (f"{BUCKET}/",)

    async def orphans(self, pages: AsyncIterator[Sequence[str]]) -> Collection[str]:
        """Return the orphaned keys. Reads the log only when there are keys that `KNOWN_OBJECTS` does not have."""
        unknown: set[str] = set()
        async for page in pages:
            unknown |= await self._unknown([key for key in page if _OBJECT_KEY.fullmatch(key)])
        return unknown - await self._in_log(unknown) if unknown else unknown

    async def _unknown(self, keys: Sequence[str]) -> set[str]:
        return set(keys) - set(await self.documents.get_many(KNOWN_OBJECTS, keys))

    async def _in_log(self, keys: AbstractSet[str]) -> set[str]:
        # The log is the source of truth: KNOWN_OBJECTS follows it with a delay, and can be lost.
        found: set[str] = set()
        async for page in self.events.read_all(START, ["file"]):
            events = [FILES.decode(event.type, event.data) for event in page]
            found |= {event.object_key for event in events if isinstance(event, FileStored)} & keys
        return found
