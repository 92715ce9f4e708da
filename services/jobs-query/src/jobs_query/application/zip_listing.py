"""The list of a stored archive's files, read from its directory alone: the archive itself may be of any size."""

import asyncio
from collections.abc import Sequence

from chassis.ports.object_store import ByteRange, ObjectStore
from jobs_query.domain.errors import InvalidZip, NoZip
from jobs_query.zip.directory import Entry, read_directory
from jobs_query.zip.end import TAIL_SIZE, DirectoryPlace, directory_place

MOST_ENTRIES = 100_000
MOST_DIRECTORY_BYTES = 32 * 1024**2
_LOCAL_HEADER = b"PK\x03\x04"


async def list_zip(objects: ObjectStore, key: str, size: int) -> Sequence[Entry]:
    """Return the files of the archive of `size` bytes under `key`, without folders.

    Raises `NoZip` when the content is no ZIP, `InvalidZip` when it is a broken one, `ObjectNotFound`.
    """
    tail = await _read(objects, key, max(0, size - TAIL_SIZE), min(size, TAIL_SIZE))
    place = directory_place(tail, size)
    if place is None:
        head = await _read(objects, key, 0, min(size, len(_LOCAL_HEADER)))
        raise InvalidZip("архив обрывается") if head == _LOCAL_HEADER else NoZip
    _check_size(place)
    directory = await _read(objects, key, place.start, place.size)
    return await asyncio.to_thread(read_directory, directory, place)


def _check_size(place: DirectoryPlace) -> None:
    if place.count > MOST_ENTRIES or place.size > MOST_DIRECTORY_BYTES:
        raise InvalidZip(f"слишком большое оглавление (не более {MOST_ENTRIES} файлов)")


async def _read(objects: ObjectStore, key: str, start: int, length: int) -> bytes:
    if length == 0:
        return b""
    return b"".join([piece async for piece in objects.open(key, ByteRange(start, length))])
