"""Use cases of files.

Order of writes: an upload stores the bytes before the event; a delete appends the event before its bytes are deleted.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from california_gold_contracts.files import FileStored
from chassis.commands.aggregate import Aggregates, Handled
from chassis.commands.context import CommandContext
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.key_store import KeyShredded
from chassis.ports.object_store import ObjectInfo, ObjectNotFound, ObjectStore, StoredObject
from storage.domain.errors import FileNotFound, InvalidFileName
from storage.domain.file import Delete, File, FileCommand, Store
from storage.domain.naming import FileLocation, basename, file_name

BUCKET = "files"
"""The bucket of the object store that holds users' files."""

_MAX_ATTEMPTS = 5


def new_object_key(owner_id: int) -> str:
    """Return a new object key for an upload. It does not contain the file's name."""
    return f"{BUCKET}/{owner_id}/{uuid4()}"


@dataclass(frozen=True)
class Files:
    """Stores, finds, links and deletes files."""

    aggregates: Aggregates[File, FileCommand]
    objects: ObjectStore

    async def store(self, location: FileLocation, stored: StoredObject, context: CommandContext) -> Handled[File]:
        """Make a stored object the file at a location. It replaces the present file.

        A repeated command changes nothing, and deletes the object that it brought. So does one of a deleted account,
        which raises `KeyShredded`.
        """
        file = FileStored(
            file_id=location.file_id,
            owner_id=location.owner_id,
            bucket=location.bucket,
            name=location.name,
            size=stored.size,
            sha256=stored.sha256,
            content_type=stored.content_type,
            object_key=stored.key,
        )
        try:
            handled = await self.aggregates.handle(location.file_id, Store(file), context)
        except KeyShredded:
            await self.objects.delete(stored.key)
            raise
        if not handled.events:
            await self.objects.delete(stored.key)
        return handled

    async def find(self, location: FileLocation) -> FileStored:
        """Return the file at a location. Raises `FileNotFound`."""
        try:
            file_name(location.name)
        except InvalidFileName:
            raise FileNotFound from None
        file = (await self.aggregates.load(location.file_id)).state
        if file is None:
            raise FileNotFound
        return file

    async def stat(self, location: FileLocation) -> tuple[FileStored, ObjectInfo]:
        """Return the file at a location and the metadata of its object. Raises `FileNotFound`."""
        for _ in range(_MAX_ATTEMPTS):
            file = await self.find(location)
            try:
                return file, await self.objects.stat(file.object_key)
            except ObjectNotFound:
                continue  # the file was replaced after `find`: the next attempt finds its new object
        raise StoreUnavailable("the bytes of a file are missing")

    async def delete(self, location: FileLocation, context: CommandContext) -> tuple[UUID, int]:
        """Delete the file at a location; return its id and revision. Raises `FileNotFound`."""
        file_id = location.file_id
        handled = await self.aggregates.handle(file_id, Delete(file_id, location.owner_id), context)
        return file_id, handled.revision

    async def link(self, location: FileLocation, expires: timedelta) -> str:
        """Return a presigned URL of the file at a location. Raises `FileNotFound`."""
        file = await self.find(location)
        return await self.objects.presign(file.object_key, expires, basename(file.name))
