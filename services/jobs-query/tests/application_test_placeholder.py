"""Archives of every kind, honest and hostile, listed from the object store by ranged reads."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from typing import cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ByteRange, ObjectStore
from jobs_query.domain.errors import InvalidZip, NoZip
from jobs_query.zip.directory import read_directory
from jobs_query.zip.end import TAIL_SIZE, DirectoryPlace, directory_place
from jobs_query.zip.listing import list_zip

Keep = Callable[..., Awaitable[str]]
CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def archive(files: dict[str, bytes], method: int = ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as out:
        for name, content in files.items():
            out.writestr(name, content)
        out.comment = comment
    return buffer.getvalue()


TWO = archive({"a.dcm": b"a" * 1000, "folder/b.dcm": b"b" * 10})


def patched(content: bytes, signature: bytes, offset: int, layout: str, value: int) -> bytes:
    """Overwrite a number in the first record with a signature."""
    changed = bytearray(content)
    struct.pack_into(layout, changed, content.index(signature) + offset, value)
    return bytes(changed)


def zip64(content: bytes) -> bytes:
    """Say the same with the records and fields of Zip64."""
    place = content.index(END)
    count, size, offset = struct.unpack_from("<HLL", content, place + 10)
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    end = struct.pack("<4s4H2LH", END, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:place] + end_64 + locator + end


async def listed(infrastructure: Infrastructure, keep: Keep, content: bytes) -> list[tuple[str, int, int]]:
    entries = await list_zip(infrastructure.objects, await keep(content), len(content))
    return [(entry.name, entry.size, entry.compressed_size) for entry in entries]


def expected(content: bytes) -> list[tuple[str, int, int]]:
    with ZipFile(BytesIO(content)) as opened:
        return [(i.filename, i.file_size, i.compress_size) for i in opened.infolist() if not i.is_dir()]


async def test_honest_archives_are_listed_as_the_standard_library_reads_them(
    infrastructure: Infrastructure, keep: Keep
):
    archives = {
        "deflated": TWO,
        "stored": archive({"a": b"x" * 100}, ZIP_STORED),
        "empty": archive({}),
        "with folders": archive({"folder/": b"", "folder/a": b"x", "empty/": b""}),
        "unicode names": archive({"снимок/КТ.dcm": b"x", "图像.dcm": b"y"}),
        "comment": archive({"a": b"x"}, comment=b"c" * 0xFFFF),
        "something before it": b"#!/bin/sh\n" * 100 + TWO,
        "65,536 files and more": archive({f"{number}": b"" for number in range(70_000)}, ZIP_STORED),
        "odd names": archive({"../../etc/passwd": b"x", "/absolute": b"x", "a\\b": b"x"}),
    }
    for name, content in archives.items():
        assert await listed(infrastructure, keep, content) == expected(content), name


async def test_a_comment_that_looks_like_an_end_hides_nothing(infrastructure: Infrastructure, keep: Keep):
    content = archive({"a": b"x"}, comment=b"a comment " + END + b"\0" * 30)
    assert [entry[0] for entry in await listed(infrastructure, keep, content)] == ["a"]


async def test_zip64_is_read(infrastructure: Infrastructure, keep: Keep):
    content = zip64(TWO)
    assert await listed(infrastructure, keep, content) == expected(TWO)
    assert await listed(infrastructure, keep, b"before" + content) == expected(TWO)


def test_sizes_beyond_32_bits_come_from_the_zip64_field():
    huge = 5 * 1024**3
    extra = struct.pack("<HH2Q", 1, 16, huge, huge - 1)
    header = struct.pack(
        "<4s6H3L5H2L", CENTRAL, 45, 45, 0, 8, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 1, len(extra), 0, 0, 0, 0, 0
    )
    directory = header + b"a" + extra
    place = DirectoryPlace(start=6 * 1024**3, size=len(directory), count=1, shift=0, count_wraps=False)
    (entry,) = read_directory(directory, place)
    assert (entry.size, entry.compressed_size) == (huge, huge - 1)


async def test_encrypted_files_are_listed_and_marked(infrastructure: Infrastructure, keep: Keep):
    content = patched(TWO, CENTRAL, 8, "<H", 1)
    entries = await list_zip(infrastructure.objects, await keep(content), len(content))
    assert [entry.encrypted for entry in entries] == [True, False]


async def test_names_in_the_old_code_page_are_readable(infrastructure: Infrastructure, keep: Keep):
    for encoding in ("cp866", "utf-8"):
        name = "снимок".encode(encoding)
        placeholder = b"n" * len(name)
        content = archive({placeholder.decode(): b"x"}).replace(placeholder, name)
        assert [entry[0] for entry in await listed(infrastructure, keep, content)] == ["снимок"]


@pytest.mark.parametrize("content", [b"", b"P", b"DICM", b"\0" * 200_000, b"PK", b"text" * 1000])
async def test_what_is_no_archive_is_called_so(infrastructure: Infrastructure, keep: Keep, content: bytes):
    with pytest.raises(NoZip):
        await listed(infrastructure, keep, content)


HOSTILE = {
    "cut in the middle": TWO[: len(TWO) // 2],
    "cut before the end": TWO[: TWO.index(END)],
    "cut at the beginning": TWO[40:],
    "directory beyond the file": patched(TWO, END, 12, "<L", 10**6),
    "offset beyond the file": patched(TWO, END, 16, "<L", 10**6),
    "more files than there are": patched(TWO, END, 10, "<H", 3),
    "fewer files than there are": patched(TWO, END, 10, "<H", 1),
    "another disk": patched(TWO, END, 6, "<H", 1),
    "overlapping files": patched(TWO, CENTRAL, 20, "<L", 900),
    "a file beyond the end": patched(TWO, CENTRAL, 42, "<L", 10**6),
    "a name beyond the directory": patched(TWO, CENTRAL, 28, "<H", 60_000),
    "a damaged directory": patched(TWO, CENTRAL, 0, "<L", 0),
    "a damaged Zip64 record": zip64(TWO).replace(b"PK\x06\x06", b"XXXX"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_archives_that_lie_are_refused(infrastructure: Infrastructure, keep: Keep, name: str):
    with pytest.raises(InvalidZip, match="Некорректный ZIP файл: "):
        await listed(infrastructure, keep, HOSTILE[name])


async def test_a_directory_that_claims_too_much_is_not_read(infrastructure: Infrastructure, keep: Keep):
    many = archive({f"{number:06}": b"" for number in range(100_001)}, ZIP_STORED)
    counting = CountingObjects(infrastructure.objects)
    key = await keep(many)
    with pytest.raises(InvalidZip, match="слишком большое оглавление"):
        await list_zip(cast("ObjectStore", counting), key, len(many))
    assert counting.bytes_read <= TAIL_SIZE


@dataclass
class CountingObjects:
    """Counts what is read of the objects of a store."""

    objects: ObjectStore
    bytes_read: int = 0

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        async for piece in self.objects.open(key, byte_range):
            self.bytes_read += len(piece)
            yield piece


async def test_an_archive_is_listed_without_reading_it(infrastructure: Infrastructure, keep: Keep):
    content = archive({f"{number}.dcm": bytes(2 * 1024**2) for number in range(16)}, ZIP_STORED)
    counting = CountingObjects(infrastructure.objects)
    entries = await list_zip(cast("ObjectStore", counting), await keep(content), len(content))
    assert len(entries) == 16
    assert counting.bytes_read < len(content) / 100


def damaged(place: int, damage: bytes) -> bytes:
    return TWO[:place] + damage + TWO[place + len(damage) :]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.builds(damaged, st.integers(0, len(TWO)), st.binary(max_size=8)))
def test_nothing_but_a_list_or_a_refusal_comes_of_any_bytes(content: bytes):
    tail = content[-TAIL_SIZE:]
    try:
        place = directory_place(tail, len(content))
        if place is not None:
            directory = content[place.start : place.start + place.size]
            assert all(entry.compressed_size <= len(content) for entry in read_directory(directory, place))
    except InvalidZip:
        pass


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(names, st.binary(max_size=50), max_size=5))
def test_whatever_is_packed_is_listed(files: dict[str, bytes]):
    buffer = BytesIO()
    with ZipFile(buffer, "w") as out:
        for name, content in files.items():
            out.writestr(ZipInfo(name), content)
    packed = buffer.getvalue()
    place = directory_place(packed[-TAIL_SIZE:], len(packed))
    assert place is not None
    entries = read_directory(packed[place.start : place.start + place.size], place)
    assert [(entry.name, entry.size, entry.compressed_size) for entry in entries] == expected(packed)
