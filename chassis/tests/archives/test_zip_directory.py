"""The ZIP directory reader: unusual archives are read, those that contradict themselves are refused."""

import struct
from contextlib import suppress
from typing import Any, SupportsIndex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.archives.malformed_zip import MalformedZip, ZipFault
from chassis.archives.zip_directory import ZipEntry, check_extents, read_directory
from chassis.archives.zip_end import TAIL_SIZE, DirectoryLocation, locate_directory
from testkit.zip_archives import (
    CENTRAL,
    END,
    SHORT_ZIP64_FIELD,
    TWO_FILES,
    UNUSUAL,
    UNUSUAL_FOR_ZIPFILE,
    archive,
    counting,
    listing,
    on_disk,
    patched,
    with_directory_suffix,
    with_size_in_extra,
    without_zip64,
    zip64,
)

MAX_ENTRIES = 100_000


def read(content: bytes, max_entries: int = MAX_ENTRIES) -> list[ZipEntry]:
    location = locate_directory(content[-TAIL_SIZE:], len(content))
    entries = read_directory(content[location.start : location.start + location.size], location, max_entries)
    check_extents(entries, location)
    return [entry for entry in entries if not entry.is_folder]


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_archive_is_read_as_the_standard_library_reads_it(name: str) -> None:
    entries = read(UNUSUAL[name])

    assert [(entry.name, entry.size, entry.compressed_size) for entry in entries] == listing(UNUSUAL[name])


@pytest.mark.parametrize("name", UNUSUAL_FOR_ZIPFILE)
def test_an_archive_is_read_that_the_standard_library_refuses(name: str) -> None:
    content, files = UNUSUAL_FOR_ZIPFILE[name]

    assert len(read(content)) == files


def test_offsets_are_those_in_the_file() -> None:
    for prefix in (b"", b"before"):
        for content in (prefix + TWO_FILES, prefix + zip64(TWO_FILES)):
            assert all(content.startswith(b"PK\x03\x04", entry.offset) for entry in read(content))


def test_an_entry_has_method_and_checksum() -> None:
    stored, deflated = read(archive({"a": b"123456789"}, 0)), read(archive({"a": b"123456789"}, 8))

    assert [(entry.method, entry.checksum) for entry in (*stored, *deflated)] == [(0, 0xCBF43926), (8, 0xCBF43926)]


def test_sizes_beyond_32_bits_come_from_the_zip64_field() -> None:
    huge = 5 * 1024**3
    extra = struct.pack("<HH2Q", 1, 16, huge, huge - 1)
    header = struct.pack(
        "<4s6H3L5H2L", CENTRAL, 45, 45, 0, 8, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 1, len(extra), 0, 0, 0, 0, 0
    )
    directory = header + b"a" + extra
    location = DirectoryLocation(start=6 * 1024**3, size=len(directory), count=1, shift=0, count_wraps=False)
    (entry,) = read_directory(directory, location, 1)
    check_extents([entry], location)

    assert (entry.size, entry.compressed_size) == (huge, huge - 1)


@pytest.mark.parametrize(
    "name",
    [
        *("../a.dcm", "study/../../a.dcm", "study/..", "/etc/passwd", "//host/share/a.dcm", "C:/a.dcm", "c:a.dcm"),
        *("..\\a.dcm", "\\\\host\\a.dcm", "study\\a.dcm"),
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_read_as_it_is_and_marked(name: str) -> None:
    (entry,) = read(archive({name: b"x"}))
    assert (entry.name, entry.has_unsafe_name) == (name, True)


def test_a_name_that_ends_at_a_nul_elsewhere_is_marked() -> None:
    (entry,) = read(archive({"a.dcm_.exe": b"x"}).replace(b"a.dcm_", b"a.dcm\0"))
    assert (entry.name, entry.has_unsafe_name) == ("a.dcm\0.exe", True)


@pytest.mark.parametrize(
    "name", ["a.dcm", "study/a.dcm", "..a/b..", "a..b/c", ".hidden", "снимок: 1.dcm", "./a", "1:b"]
)
def test_other_names_are_not_marked(name: str) -> None:
    (entry,) = read(archive({name: b"x"}))
    assert (entry.name, entry.has_unsafe_name) == (name, False)


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_an_encrypted_entry_is_marked(flag: int) -> None:
    assert [entry.encrypted for entry in read(patched(TWO_FILES, CENTRAL, 8, "<H", flag))] == [True, False]


@pytest.mark.parametrize("encoding", ["cp866", "utf-8"])
def test_a_name_without_the_unicode_flag_is_decoded(encoding: str) -> None:
    name = "снимок".encode(encoding)
    placeholder = b"n" * len(name)
    content = archive({placeholder.decode(): b"x"}).replace(placeholder, name)

    assert [entry.name for entry in read(content)] == ["снимок"]


REFUSED: dict[str, tuple[bytes, ZipFault]] = {
    "empty file": (b"", ZipFault.NO_END_RECORD),
    "text": (b"text" * 50_000, ZipFault.NO_END_RECORD),
    "half an archive": (TWO_FILES[: len(TWO_FILES) // 2], ZipFault.NO_END_RECORD),
    "no end record": (TWO_FILES[: TWO_FILES.index(END)], ZipFault.NO_END_RECORD),
    "no last byte": (TWO_FILES[:-1], ZipFault.NO_END_RECORD),
    "end record farther than a comment is long": (TWO_FILES + bytes(70_000), ZipFault.NO_END_RECORD),
    "no first bytes": (TWO_FILES[40:], ZipFault.DIRECTORY_OUTSIDE_FILE),
    "directory larger than the file": (patched(TWO_FILES, END, 12, "<L", 10**6), ZipFault.DIRECTORY_OUTSIDE_FILE),
    "directory offset beyond the file": (patched(TWO_FILES, END, 16, "<L", 10**6), ZipFault.DIRECTORY_OUTSIDE_FILE),
    "last disk of several": (on_disk(TWO_FILES, 1), ZipFault.MULTIPLE_DISKS),
    "directory on another disk": (patched(TWO_FILES, END, 6, "<H", 1), ZipFault.MULTIPLE_DISKS),
    "end record on another disk": (patched(TWO_FILES, END, 4, "<H", 1), ZipFault.MULTIPLE_DISKS),
    "entries on another disk": (patched(TWO_FILES, END, 8, "<H", 1), ZipFault.MULTIPLE_DISKS),
    "damaged Zip64 record": (zip64(TWO_FILES).replace(b"PK\6\6", b"XXXX"), ZipFault.ZIP64_RECORD_DAMAGED),
    "damaged Zip64 locator": (zip64(TWO_FILES).replace(b"PK\6\7", b"XXXX"), ZipFault.MULTIPLE_DISKS),
    "no Zip64 field": (with_size_in_extra(b""), ZipFault.ZIP64_FIELD_MISSING),
    "short Zip64 field": (with_size_in_extra(SHORT_ZIP64_FIELD), ZipFault.ZIP64_FIELD_MISSING),
    "more entries stated": (counting(TWO_FILES, 3), ZipFault.ENTRY_COUNT_WRONG),
    "fewer entries stated": (counting(TWO_FILES, 1), ZipFault.ENTRY_COUNT_WRONG),
    "damaged header": (patched(TWO_FILES, CENTRAL, 0, "<L", 0), ZipFault.DIRECTORY_DAMAGED),
    "padding in the directory": (with_directory_suffix(TWO_FILES, bytes(7)), ZipFault.DIRECTORY_TRUNCATED),
    "zeros in the directory": (with_directory_suffix(TWO_FILES, bytes(70)), ZipFault.DIRECTORY_DAMAGED),
    "name beyond the directory": (patched(TWO_FILES, CENTRAL, 28, "<H", 60_000), ZipFault.DIRECTORY_TRUNCATED),
    "extra field beyond the directory": (patched(TWO_FILES, CENTRAL, 30, "<H", 60_000), ZipFault.DIRECTORY_TRUNCATED),
    "comment beyond the directory": (
        patched(archive({"a": b"x"}), CENTRAL, 32, "<H", 60_000),
        ZipFault.DIRECTORY_TRUNCATED,
    ),
    "overlapping entries": (patched(TWO_FILES, CENTRAL, 20, "<L", 900), ZipFault.ENTRIES_OVERLAP),
    "entry beyond the directory": (patched(TWO_FILES, CENTRAL, 42, "<L", 10**6), ZipFault.ENTRY_OUTSIDE_ARCHIVE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_archive_is_refused(name: str) -> None:
    content, fault = REFUSED[name]
    with pytest.raises(MalformedZip) as refused:
        read(content)

    assert refused.value.fault is fault


def test_an_archive_has_at_most_the_allowed_number_of_entries() -> None:
    assert len(read(TWO_FILES, max_entries=2)) == 2
    for content in (TWO_FILES, zip64(TWO_FILES)):
        with pytest.raises(MalformedZip) as refused:
            read(content, max_entries=1)
        assert refused.value.fault is ZipFault.TOO_MANY_ENTRIES


def test_entries_beyond_a_count_of_16_bits_are_limited_too() -> None:
    with pytest.raises(MalformedZip) as refused:
        read(without_zip64(65_536 + 5), max_entries=10)

    assert refused.value.fault is ZipFault.TOO_MANY_ENTRIES


def damaged(position: int, damage: bytes) -> bytes:
    return TWO_FILES[:position] + damage + TWO_FILES[position + len(damage) :]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.builds(damaged, st.integers(0, len(TWO_FILES)), st.binary(max_size=8)))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(MalformedZip):
        assert all(entry.offset + entry.compressed_size <= len(content) for entry in read(content))


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(names, st.binary(max_size=50), max_size=5))
def test_every_archive_of_the_standard_library_is_read(files: dict[str, bytes]) -> None:
    packed = archive(files, 0)

    assert [(entry.name, entry.size, entry.compressed_size) for entry in read(packed)] == listing(packed)


class _Counted(bytes):
    """Bytes that count what is copied from them."""

    copied = 0

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        part = super().__getitem__(key)
        if isinstance(part, int):
            return part
        type(self).copied += len(part)
        return type(self)(part)


def test_many_extra_fields_are_not_copied_for_each_field() -> None:
    many_fields = b"\x07\x00\x00\x00" * 16_000
    header = struct.pack("<4s6H3L5H2L", CENTRAL, *[0] * 6, 0, 0, 0xFFFFFFFF, 0, len(many_fields), *[0] * 3, 0, 0)
    directory = _Counted(header + many_fields)

    with pytest.raises(MalformedZip) as malformed:
        read_directory(directory, DirectoryLocation(0, len(directory), 1, 0, count_wraps=False), 1)

    assert malformed.value.fault is ZipFault.ZIP64_FIELD_MISSING
    assert _Counted.copied < 2 * len(directory)
