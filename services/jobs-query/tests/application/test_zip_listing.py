"""ZIP archives listed from the object store by ranged reads."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from zipfile import ZIP_STORED

import pytest

from chassis.archives.malformed_zip import ZipFault
from chassis.archives.zip_end import TAIL_SIZE
from chassis.commands.message import Message
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ByteRange, ObjectStore
from jobs_query import messages
from jobs_query.application.zip_listing import list_zip
from jobs_query.domain.errors import InvalidZip, NoZip
from testkit.zip_archives import CENTRAL, END, TWO_FILES, UNUSUAL, archive, counting, listing, patched, without_zip64

StoreObject = Callable[..., Awaitable[str]]


async def listed(
    infrastructure: Infrastructure, store_object: StoreObject, content: bytes
) -> list[tuple[str, int, int]]:
    entries = await list_zip(infrastructure.objects, await store_object(content), len(content))
    return [(entry.name, entry.size, entry.compressed_size) for entry in entries]


@pytest.mark.parametrize("name", UNUSUAL)
async def test_the_files_of_a_stored_archive_are_listed(
    infrastructure: Infrastructure, store_object: StoreObject, name: str
):
    assert await listed(infrastructure, store_object, UNUSUAL[name]) == listing(UNUSUAL[name])


@pytest.mark.parametrize("content", [b"", b"P", b"DICM", b"\0" * 200_000, b"PK", b"text" * 1000])
async def test_content_that_is_no_archive_is_refused_as_no_zip(
    infrastructure: Infrastructure, store_object: StoreObject, content: bytes
):
    with pytest.raises(NoZip):
        await listed(infrastructure, store_object, content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TWO_FILES[: len(TWO_FILES) // 2], "архив обрывается"),
        (TWO_FILES[: TWO_FILES.index(END)], "архив обрывается"),
        (patched(TWO_FILES, END, 16, "<L", 10**6), "оглавление выходит за пределы файла"),
        (counting(TWO_FILES, 1), "число файлов не совпадает с заявленным"),
        (patched(TWO_FILES, CENTRAL, 20, "<L", 900), "файлы в архиве перекрываются"),
        (without_zip64(100_001), "слишком большое оглавление (не более 100000 файлов)"),
    ],
)
async def test_a_malformed_archive_is_refused_with_a_reason(
    infrastructure: Infrastructure, store_object: StoreObject, content: bytes, reason: str
):
    with pytest.raises(InvalidZip) as refused:
        await listed(infrastructure, store_object, content)
    assert isinstance(refused.value.message, Message)
    assert refused.value.message.ru == f"Некорректный ZIP файл: {reason}"


def test_every_fault_has_a_sentence():
    assert set(messages.ZIP_FAULTS) == set(ZipFault)


async def test_a_directory_that_is_too_large_is_not_read(infrastructure: Infrastructure, store_object: StoreObject):
    many = archive({f"{number:06}": b"" for number in range(100_001)}, ZIP_STORED)
    counted = CountingObjects(infrastructure.objects)
    key = await store_object(many)
    with pytest.raises(InvalidZip, match="the directory is too large"):
        await list_zip(cast("ObjectStore", counted), key, len(many))
    assert counted.bytes_read <= TAIL_SIZE + 4


@dataclass
class CountingObjects:
    """Counts the bytes that are read from an object store."""

    objects: ObjectStore
    bytes_read: int = 0

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        async for piece in self.objects.open(key, byte_range):
            self.bytes_read += len(piece)
            yield piece


async def test_an_archive_is_listed_without_reading_its_files(
    infrastructure: Infrastructure, store_object: StoreObject
):
    content = archive({f"{number}.dcm": bytes(2 * 1024**2) for number in range(16)}, ZIP_STORED)
    counted = CountingObjects(infrastructure.objects)
    entries = await list_zip(cast("ObjectStore", counted), await store_object(content), len(content))
    assert len(entries) == 16
    assert counted.bytes_read < len(content) / 100
