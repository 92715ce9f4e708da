"""ZIP archives for tests: valid ones, unusual ones and damaged ones."""

from io import BytesIO
from struct import calcsize, pack, pack_into, unpack_from
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"
_END_64, _LOCATOR_64 = b"PK\x06\x06", b"PK\x06\x07"
_IN_ZIP64 = 0xFFFFFFFF


def archive(files: dict[str, bytes], method: int = ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """Return a valid archive of these files."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as out:
        for name, content in files.items():
            out.writestr(name, content)
        out.comment = comment
    return buffer.getvalue()


TWO_FILES = archive({"a.dcm": b"a" * 1000, "folder/b.dcm": b"b" * 10})


def listing(content: bytes) -> list[tuple[str, int, int]]:
    """Return name, size and compressed size of each file, as the standard library reads them."""
    with ZipFile(BytesIO(content)) as opened:
        return [(info.filename, info.file_size, info.compress_size) for info in opened.infolist() if not info.is_dir()]


def patched(content: bytes, signature: bytes, offset: int, layout: str, value: int) -> bytes:
    """Overwrite a number in the first record with a signature."""
    changed = bytearray(content)
    pack_into(layout, changed, content.index(signature) + offset, value)
    return bytes(changed)


def counting(content: bytes, count: int) -> bytes:
    """State another number of entries, in both fields of the end record."""
    return patched(patched(content, END, 8, "<H", count), END, 10, "<H", count)


def on_disk(content: bytes, disk: int) -> bytes:
    """State that the end record and the directory lie on another disk."""
    return patched(patched(content, END, 4, "<H", disk), END, 6, "<H", disk)


def zip64(content: bytes) -> bytes:
    """Move the values of the end record into a Zip64 end record."""
    position = content.index(END)
    count, size, offset = unpack_from("<HLL", content, position + 10)
    end_64 = pack("<4sQ2H2L4Q", _END_64, 44, 45, 45, 0, 0, count, count, size, offset)
    locator = pack("<4sLQL", _LOCATOR_64, 0, position, 1)
    end = pack("<4s4H2LH", END, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, _IN_ZIP64, _IN_ZIP64, 0)
    return content[:position] + end_64 + locator + end


def zip64_beside_values(content: bytes) -> bytes:
    """Add Zip64 end records although the end record holds every value."""
    position = content.index(END)
    return zip64(content)[: -len(content[position:])] + content[position:]


def without_zip64(files: int) -> bytes:
    """Return an archive of empty files whose end record has the lower 16 bits of their number."""
    content = archive({f"{number}": b"" for number in range(files)}, ZIP_STORED)
    start = content.index(CENTRAL)
    end = content.index(_END_64) if _END_64 in content else content.index(END)
    return content[:end] + pack("<4s4H2LH", END, 0, 0, files & 0xFFFF, files & 0xFFFF, end - start, start, 0)


def with_directory_suffix(content: bytes, suffix: bytes) -> bytes:
    """Append bytes to the directory, and include them in its size."""
    position = content.index(END)
    (size,) = unpack_from("<L", content, position + 12)
    return patched(content[:position] + suffix + content[position:], END, 12, "<L", size + len(suffix))


def with_size_in_extra(extra: bytes) -> bytes:
    """Return an archive of one stored file of ten bytes, whose size is stated in the extra field only."""
    local = pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 0, 0, 10, 10, 1, 0) + b"n" + bytes(10)
    entry = pack("<4s6H3L5H2L", CENTRAL, 45, 45, 0, 0, 0, 0, 0, 10, _IN_ZIP64, 1, len(extra), 0, 0, 0, 0, 0)
    directory = entry + b"n" + extra
    return local + directory + pack("<4s4H2LH", END, 0, 0, 1, 1, len(directory), len(local), 0)


def zip64_field(*values: int) -> bytes:
    """Return a Zip64 extra field."""
    body = pack(f"<{len(values)}Q", *values)
    return pack("<2H", 1, len(body)) + body


DIGITAL_SIGNATURE = pack("<4sH", b"PK\x05\x05", 4) + b"sign"
SHORT_ZIP64_FIELD = pack("<2HL", 1, calcsize("<L"), 10)

UNUSUAL: dict[str, bytes] = {
    "plain": TWO_FILES,
    "stored": archive({"a": b"x" * 100}, ZIP_STORED),
    "empty": archive({}),
    "folders": archive({"folder/": b"", "folder/a": b"x", "empty/": b""}),
    "names in Unicode": archive({"снимок/КТ.dcm": b"x", "图像.dcm": b"y"}),
    "names that look like paths": archive({"../../etc/passwd": b"x", "/absolute": b"x", "a\\b": b"x"}),
    "longest comment": archive({"a": b"x"}, comment=b"c" * 0xFFFF),
    "bytes before the archive": b"#!/bin/sh\n" * 100 + TWO_FILES,
    "bytes after the archive": TWO_FILES + b"trailing",
    "70,000 files with Zip64": archive({f"{number}": b"" for number in range(70_000)}, ZIP_STORED),
}
"""Archives that every reader should read, the standard library included."""

UNUSUAL_FOR_ZIPFILE: dict[str, tuple[bytes, int]] = {
    "comment with the end signature and zeros": (archive({"a": b"x"}, comment=b"a comment " + END + bytes(30)), 1),
    "comment with the end signature and noise": (archive({"a": b"x"}, comment=END + b"\xff" * 40), 1),
    "comment that ends with the end signature": (archive({"a": b"x"}, comment=b"c" + END), 1),
    "end signature in the bytes after the archive": (TWO_FILES + b"tr" + END, 2),
    "comment that is cut off": (archive({"a": b"x"}, comment=b"c" * 100)[:-50], 1),
    "digital signature": (with_directory_suffix(TWO_FILES, DIGITAL_SIGNATURE), 2),
    "Zip64": (zip64(TWO_FILES), 2),
    "bytes before Zip64": (b"before" + zip64(TWO_FILES), 2),
    "Zip64 records beside real values": (zip64_beside_values(TWO_FILES), 2),
    "bytes before Zip64 records beside real values": (b"before" + zip64_beside_values(TWO_FILES), 2),
    "65,535 files without Zip64": (without_zip64(65_535), 65_535),
    "70,000 files without Zip64": (without_zip64(70_000), 70_000),
    "size in the Zip64 field": (with_size_in_extra(zip64_field(10)), 1),
    "size in the second Zip64 field": (with_size_in_extra(SHORT_ZIP64_FIELD + zip64_field(10)), 1),
}
"""Archives that the standard library refuses, or reads in part, with their number of files."""
