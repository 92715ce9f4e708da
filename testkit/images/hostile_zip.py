"""ZIP archives with malformed directories, false sizes and decompression bombs."""

import gzip
import io
import struct
import zipfile
from zlib import crc32

from analyzer.domain.failures import FailureCode
from testkit.images.hostile_bytes import deflated_zeros

LOCAL = struct.Struct("<4s5H3L2H")
ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
PREAMBLE = bytes(128) + b"DICM"


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a valid archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def _local(packed: bytes, size: int, *, flags: int = 0, method: int = 8, checksum: int = 0) -> bytes:
    return LOCAL.pack(b"PK\3\4", 20, flags, method, 0, 0, checksum, len(packed), size, 1, 0) + b"x" + packed


def _entry(packed: int, size: int, offset: int, *, flags: int = 0, method: int = 8, checksum: int = 0) -> bytes:
    fields = (20, 20, flags, method, 0, 0, checksum, packed, size, 1, 0, 0, 0, 0, 0, offset)
    return ENTRY.pack(b"PK\1\2", *fields) + b"x"


def _end(entries: int, length: int, start: int, disk: int = 0) -> bytes:
    return END.pack(b"PK\5\6", disk, disk, entries, entries, length, start, 0)


def _one(packed: bytes, size: int, **fields: int) -> bytes:
    """Return an archive of one member that claims `size`."""
    local, entry = _local(packed, size, **fields), _entry(len(packed), size, 0, **fields)
    return local + entry + _end(1, len(entry), len(local))


def _overlapping(copies: int, size: int) -> bytes:
    """Return an archive with several entries for one member."""
    packed = deflated_zeros(1)
    local = _local(packed, size)
    entries = _entry(len(packed), size, 0) * copies
    return local + entries + _end(copies, len(entries), len(local))


def _many(count: int) -> bytes:
    locals_ = [_local(b"\3\0", 0) for _ in range(count)]
    entries = b"".join(_entry(2, 0, index * len(locals_[0])) for index in range(count))
    start = sum(map(len, locals_))
    return b"".join(locals_) + entries + _end(count, len(entries), start)


def _without_second_header(members: dict[str, bytes]) -> bytes:
    content = archive(members)
    return content[:1] + content[1:].replace(b"PK\3\4", b"PK\0\0")


def _with_locator(content: bytes) -> bytes:
    """Return the archive with zip64 records that state nothing, and an end record that needs one of them."""
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *[2**63] * 4)
    end = END.pack(b"PK\5\6", 0, 0, 1, 1, 0xFFFFFFFF, 0, 0)
    return content[:-22] + end_64 + struct.pack("<4sLQL", b"PK\6\7", 0, 2**63, 1) + end


def _replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def damaged_archives() -> dict[str, tuple[FailureCode, bytes]]:
    """Return name -> (failure, content)."""
    text = b"Not an image, but long enough to be compressed. " * 50
    honest = archive({"x": text})
    stored = archive({"x": PREAMBLE + text}, zipfile.ZIP_STORED)
    bomb = deflated_zeros(10_240, PREAMBLE)
    nested = archive({"x": archive({"x": archive({"x": text})})})
    return {
        "text as zip": (FailureCode.NO_IMAGE, text),
        "empty file": (FailureCode.NO_IMAGE, b""),
        "one byte": (FailureCode.NO_IMAGE, b"P"),
        "empty zip": (FailureCode.NO_IMAGE, _end(0, 0, 0)),
        "zip of text": (FailureCode.NO_IMAGE, honest),
        "zip without directory": (FailureCode.ZIP_INVALID, honest[: len(honest) // 2]),
        "zip without its last byte": (FailureCode.ZIP_INVALID, honest[:-1]),
        "zip signature and noise": (FailureCode.ZIP_INVALID, b"PK\3\4" + bytes(range(256)) * 8),
        "zip directory outside": (FailureCode.ZIP_INVALID, _local(b"\3\0", 0) + _end(1, 47, 10**6)),
        "zip counts too many": (FailureCode.ZIP_INVALID, _local(b"\3\0", 0) + _end(9_000, 0, 0)),
        "zip on two disks": (FailureCode.ZIP_INVALID, honest[:-22] + _end(1, 47, len(honest) - 69, disk=1)),
        "zip with a password": (FailureCode.ZIP_ENCRYPTED, _one(b"\3\0", 0, flags=1)),
        "zip in an unknown method": (FailureCode.ZIP_INVALID, _one(b"\3\0", 0, method=14)),
        "zip in deflate64": (FailureCode.ZIP_INVALID, _one(b"\3\0", 0, method=9)),
        "zip with a false zip64 locator": (FailureCode.ZIP_INVALID, _with_locator(honest)),
        "tar.gz": (FailureCode.NO_IMAGE, gzip.compress(bytes(257) + b"ustar" + bytes(250))),
        "7z": (FailureCode.NO_IMAGE, b"7z\xbc\xaf\x27\x1c" + bytes(1_000)),
        "zip with a wrong checksum": (FailureCode.ZIP_INVALID, _replaced(stored, b"Not an image", b"Now an image")),
        "zip with broken deflate": (FailureCode.ZIP_INVALID, _one(b"\xff" * 64, 500)),
        "zip with cut deflate": (FailureCode.ZIP_INVALID, _one(deflated_zeros(1, PREAMBLE)[:-20], 2**20 + 132)),
        "zip without a local header": (FailureCode.ZIP_INVALID, _without_second_header({"x": text, "y": text})),
        "zip of too many files": (FailureCode.ZIP_LIMIT, _many(20_001)),
        "zip that overlaps": (FailureCode.ZIP_INVALID, _overlapping(10, 2**20)),
        "zip that overlaps to ten gigabytes": (FailureCode.ZIP_LIMIT, _overlapping(1_000, 10 * 2**20)),
        "zip bomb that says so": (FailureCode.ZIP_LIMIT, _zip64(bomb, 10_240 * 2**20 + len(PREAMBLE))),
        "zip bomb that claims a kilobyte": (FailureCode.ZIP_INVALID, _one(bomb, 1_024)),
        "zip that claims an exabyte": (FailureCode.ZIP_LIMIT, _zip64(b"\3\0", 2**60)),
        "zip in a zip": (FailureCode.ZIP_LIMIT, nested),
        "zip of zips": (FailureCode.ZIP_LIMIT, archive({str(index): honest for index in range(50)})),
    }


def _zip64(packed: bytes, size: int) -> bytes:
    extra = struct.pack("<HHQ", 1, 8, size)
    local = _local(packed, 0xFFFFFFFF, checksum=crc32(b""))
    fields = (45, 45, 0, 8, 0, 0, 0, len(packed), 0xFFFFFFFF, 1, len(extra), 0, 0, 0, 0, 0)
    entry = ENTRY.pack(b"PK\1\2", *fields) + b"x" + extra
    return local + entry + _end(1, len(entry), len(local))
