"""Files of a stored ZIP archive, listed from its directory alone: the archive may have any size."""

import asyncio
from collections.abc import Sequence

from chassis.archives.malformed_zip import MalformedZip, ZipFault
from chassis.archives.zip_directory import ZipEntry, check_extents, read_directory
from chassis.archives.zip_end import LOCAL_HEADER_SIGNATURE, TAIL_SIZE, DirectoryLocation, locate_directory
from chassis.ports.object_store import ByteRange, ObjectStore
from jobs_query import messages
from jobs_query.domain.errors import InvalidZip, NoZip

MAX_ENTRIES = 100_000
MAX_DIRECTORY_BYTES = 32 * 1024**2


async def list_zip(objects: ObjectStore, key: str, size: int) -> Sequence[ZipEntry]:
    """Return the files of the archive of `size` bytes under `key`, without folders.

    Raises `NoZip` when the content is no ZIP archive, `InvalidZip` when it is a damaged one, `ObjectNotFound`.
    """
    tail = await _read(objects, key, max(0, size - TAIL_SIZE), min(size, TAIL_SIZE))
    try:
        location = locate_directory(tail, size)
        _check_size(location)
        directory = await _read(objects, key, location.start, location.size)
        return await asyncio.to_thread(_files, directory, location)
    except MalformedZip as malformed:
        head = await _read(objects, key, 0, min(size, len(LOCAL_HEADER_SIGNATURE)))
        if malformed.fault is ZipFault.NO_END_RECORD and head != LOCAL_HEADER_SIGNATURE:
            raise NoZip from None
        raise InvalidZip(messages.ZIP_FAULTS[malformed.fault].format(max_entries=MAX_ENTRIES)) from None


def _check_size(location: DirectoryLocation) -> None:
    if location.count > MAX_ENTRIES or location.size > MAX_DIRECTORY_BYTES:
        raise MalformedZip(ZipFault.TOO_MANY_ENTRIES)


def _files(directory: bytes, location: DirectoryLocation) -> Sequence[ZipEntry]:
    entries = read_directory(directory, location, MAX_ENTRIES)
    check_extents(entries, location)
    return [entry for entry in entries if not entry.is_folder]


async def _read(objects: ObjectStore, key: str, start: int, length: int) -> bytes:
    if length == 0:
        return b""
    return b"".join([piece async for piece in objects.open(key, ByteRange(start, length))])
