"""What follows from facts: old bytes go, and no file outlives its owner."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from california_gold_contracts.catalog import FILES, USERS
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.files import FileDeleted, FileStored
from california_gold_contracts.users import UserDeleted
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import caused_by, command_id
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.object_store import ObjectStore
from storage.application.listing import Listing
from storage.domain.errors import FileNotFound
from storage.domain.file import Delete, File, FileCommand

KNOWN_OBJECTS = Collection("file-objects")
"""The keys of all objects that a fact names: what the sweeper needs not look at."""

_GONE_OWNERS = Collection("deleted-file-owners")


@dataclass(frozen=True)
class Reactions:
    """Handles the facts of files and of users. Handling one again changes nothing.

    Each side writes what it knows before it reads what the other wrote, so that a file which is stored while its
    owner is deleted is seen by one of them.
    """

    streams: Aggregates[File, FileCommand]
    events: EventStore
    documents: DocumentStore
    objects: ObjectStore
    listing: Listing

    async def on_files(self, envelopes: Sequence[Envelope]) -> None:
        """Show files in the list, remove the bytes of earlier versions, and the files of users who are gone."""
        await self.listing.update(envelopes)
        for envelope in envelopes:
            await self._on_file(FILES.decode(envelope.type, envelope.data), envelope)

    async def on_users(self, envelopes: Sequence[Envelope]) -> None:
        """Remove the files of deleted users."""
        for envelope in envelopes:
            if envelope.type == UserDeleted.wire_type:
                event = USERS.decode(envelope.type, envelope.data)
                assert isinstance(event, UserDeleted)  # noqa: S101  (for the type checker)
                await self._on_user_deleted(event.user_id, envelope)

    async def _on_file(self, event: Event, envelope: Envelope) -> None:
        match event:
            case FileStored():
                await self.documents.put_newer(KNOWN_OBJECTS, [Document(event.object_key, 0, b"{}")])
                await self._remove_bytes_before(envelope)
                if await self.documents.get(_GONE_OWNERS, str(event.owner_id)):
                    await self._delete(Delete(event.file_id, event.owner_id, event.object_key), envelope)
            case FileDeleted():
                await self._remove_bytes_before(envelope)
            case _:
                pass

    async def _on_user_deleted(self, user_id: int, envelope: Envelope) -> None:
        await self.documents.put_newer(_GONE_OWNERS, [Document(str(user_id), 0, b"{}")])
        for file_id in await self.listing.of_user(user_id):
            await self._delete(Delete(file_id, user_id), envelope)

    async def _delete(self, command: Delete, envelope: Envelope) -> None:
        context = caused_by(envelope, "storage", command_id("storage", envelope.id, command.file_id))
        with suppress(FileNotFound):
            await self.streams.handle(command.file_id, command, context)

    async def _remove_bytes_before(self, envelope: Envelope) -> None:
        if envelope.revision == 0:
            return
        for stored in await self.events.read(envelope.stream, envelope.revision - 2, limit=1):
            earlier = FILES.decode(stored.type, stored.data)
            if isinstance(earlier, FileStored):
                await self.objects.delete(earlier.object_key)
                await self.documents.delete(KNOWN_OBJECTS, [earlier.object_key])
