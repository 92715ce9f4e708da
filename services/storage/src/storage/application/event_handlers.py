"""FileEventHandlers: the list of files, the removal of replaced bytes, and the deletion of deleted users' files."""

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
from chassis.commands.text_sealing import TextSealing
from chassis.messaging.confirmation import Confirmation
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.object_store import ObjectStore
from storage.application.file_list import FileList
from storage.application.files_projection import FilesProjection
from storage.domain.errors import FileNotFound
from storage.domain.file import Delete, File, FileCommand

KNOWN_OBJECTS = Collection("file-objects")
"""The keys of all objects that an event refers to: these are no orphans."""

_DELETED_OWNERS = Collection("deleted-file-owners")


@dataclass(frozen=True)
class FileEventHandlers:
    """Handles the events of files and of users. Every handler is idempotent.

    Both sides of a race write before they read: `FileStored` its list entry, `UserDeleted` the deleted owner. So a file
    that is stored while its owner is deleted is seen, and deleted, by at least one of them.
    """

    aggregates: Aggregates[File, FileCommand]
    events: EventStore
    documents: DocumentStore
    objects: ObjectStore
    texts: TextSealing

    async def on_files(self, envelopes: Sequence[Envelope]) -> None:
        """Project events of files into the list, delete replaced bytes, and delete the files of deleted users."""
        await FilesProjection(self.documents, self.texts).project(envelopes)
        for envelope in envelopes:
            await self._on_file(FILES.read(envelope), envelope)

    async def on_users(self, envelopes: Sequence[Envelope]) -> None:
        """Delete the files of deleted users. Raises `UnconfirmedEvent` when identity has not deleted the user."""
        for envelope in envelopes:
            if envelope.type == UserDeleted.wire_type:
                event = USERS.read(envelope)
                assert isinstance(event, UserDeleted)  # noqa: S101  (for the type checker)
                await Confirmation(self.events).confirm(envelope, f"user-{event.user_id}")
                await self._on_user_deleted(event.user_id, envelope)

    async def _on_file(self, event: Event, envelope: Envelope) -> None:
        match event:
            case FileStored():
                await self.documents.put_newer(KNOWN_OBJECTS, [Document(event.object_key, 0, b"{}")])
                await self._delete_replaced_bytes(envelope)
                if await self.documents.get(_DELETED_OWNERS, str(event.owner_id)):
                    await self._delete(Delete(event.file_id, event.owner_id, event.object_key), envelope)
            case FileDeleted():
                await self._delete_replaced_bytes(envelope)
            case _:
                pass

    async def _on_user_deleted(self, user_id: int, envelope: Envelope) -> None:
        await self.documents.put_newer(_DELETED_OWNERS, [Document(str(user_id), 0, b"{}")])
        for file_id in await FileList(self.documents).file_ids(user_id):
            await self._delete(Delete(file_id, user_id), envelope)

    async def _delete(self, command: Delete, envelope: Envelope) -> None:
        context = caused_by(envelope, "storage", command_id("storage", envelope.id, command.file_id))
        with suppress(FileNotFound):
            await self.aggregates.handle(command.file_id, command, context)

    async def _delete_replaced_bytes(self, envelope: Envelope) -> None:
        """Delete the object of the event before this one in its stream."""
        if envelope.revision == 0:
            return
        for stored in await self.events.read(envelope.stream, envelope.revision - 2, limit=1):
            previous = FILES.decode(stored.type, stored.data)
            if isinstance(previous, FileStored):
                await self.objects.delete(previous.object_key)
                await self.documents.delete(KNOWN_OBJECTS, [previous.object_key])
