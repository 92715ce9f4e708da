"""What a user does with files: bytes first, then the fact; a delete is a fact first, then the bytes."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from california_gold_contracts.files import FileStored
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectInfo, ObjectNotFound, ObjectStore, StoredObject
from storage.domain.errors import FileNotFound, InvalidFileName
from storage.domain.file import Delete, File, FileCommand, Store
from storage.domain.naming import Place, basename, file_name

BUCKET = "files"
"""Our bucket in the object store."""

_LOOKS = 5


def new_key(owner_id: int) -> str:
    """Return where the bytes of an upload go. The key tells nothing of the file's name."""
    return f"{BUCKET}/{owner_id}/{uuid4()}"


@dataclass(frozen=True)
class Files:
    """Stores, opens and deletes files."""

    streams: Aggregates[File, FileCommand]
    objects: ObjectStore

    async def keep(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Take in the bytes of an upload. Nobody sees them until `store` says what they are."""
        return await self.objects.put(key, chunks, content_type)

    async def forget(self, key: str) -> None:
        """Drop the bytes of an upload that came to nothing."""
        await self.objects.delete(key)

    async def store(self, place: Place, kept: StoredObject, context: CommandContext) -> int:
        """Make kept bytes the file at a place, instead of whatever is there; return the revision.

        The same command again leaves the file as it is and drops the bytes that came with it.
        """
        stored = FileStored(
            file_id=place.file_id,
            owner_id=place.owner_id,
            bucket=place.bucket,
            name=place.name,
            size=kept.size,
            sha256=kept.sha256,
            content_type=kept.content_type,
            object_key=kept.key,
        )
        handled = await self.streams.handle(place.file_id, Store(stored), context)
        if not handled.events:
            await self.forget(kept.key)
        return handled.revision

    async def find(self, place: Place) -> FileStored:
        """Return what is at a place. Raises `FileNotFound`."""
        try:
            file_name(place.name)
        except InvalidFileName:
            raise FileNotFound from None
        present = (await self.streams.load(place.file_id)).state
        if present is None:
            raise FileNotFound
        return present

    async def look(self, place: Place) -> tuple[FileStored, ObjectInfo]:
        """Return what is at a place, and its bytes' description. Raises `FileNotFound`."""
        for _ in range(_LOOKS):
            file = await self.find(place)
            try:
                return file, await self.objects.stat(file.object_key)
            except ObjectNotFound:
                continue  # replaced since it was found: then another object is there now
        raise StoreUnavailable("the bytes of a file are missing")

    async def delete(self, place: Place, context: CommandContext) -> tuple[UUID, int]:
        """Delete the file at a place; return its id and revision. Raises `FileNotFound`."""
        file = await self.find(place)
        handled = await self.streams.handle(file.file_id, Delete(file.file_id, file.owner_id), context)
        return file.file_id, handled.revision

    async def link(self, place: Place, expires: timedelta) -> str:
        """Return a URL that needs no token until it expires. Raises `FileNotFound`."""
        file = await self.find(place)
        return await self.objects.presign(file.object_key, expires, basename(file.name))
