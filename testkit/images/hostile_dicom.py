"""DICOM files with malformed headers, and with malformed headers of compressed frames."""

import struct
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, generate_frames

from analyzer.domain.failures import FailureCode
from analyzer.domain.volume import Volume
from testkit.images import high_throughput
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_syntaxes import encoded
from testkit.images.hostile_bytes import deflated_zeros

SIDE = 200
SEQUENCE = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
ITEM = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
ITEM_END = struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
LONG_PRIVATE = struct.pack("<HH2sHL", 0x0009, 0x1001, b"OB", 0, 0x7FFFFFFF)


def _volume(side: int = SIDE) -> Volume:
    return Volume(
        voxels=np.random.default_rng(2).choice([-1000, 40], (1, side, side)).astype(np.int16),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        origins=np.zeros((1, 3)),
        pixel_spacing=(1.0, 1.0),
        modality="CT",
    )


def _slice(**changes: object) -> Dataset:
    (dataset,) = slice_datasets(_volume())
    dataset["PixelData"].VR = "OW"
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    return dataset


def _file(**changes: object) -> bytes:
    return file_bytes(_slice(**changes))


def _without(keyword: str) -> bytes:
    dataset = _slice()
    del dataset[keyword]
    return file_bytes(dataset)


def _meta(syntax: uid.UID) -> bytes:
    """Return the preamble and the file meta information of a CT in the syntax."""
    content = file_bytes(_with_syntax(_slice(), syntax))
    length = struct.unpack_from("<L", content, 140)[0]
    return content[: 144 + length]


def _with_syntax(dataset: Dataset, syntax: uid.UID) -> Dataset:
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _number_text(content: bytes, old: bytes, new: bytes) -> bytes:
    """Replace the text of a number by a value that the writer refuses."""
    assert len(old) == len(new)
    assert old in content
    return content.replace(old, new)


def damaged_dicom() -> dict[str, tuple[FailureCode, bytes]]:
    """Return name -> (failure, content)."""
    explicit, deflated = _meta(uid.ExplicitVRLittleEndian), _meta(uid.DeflatedExplicitVRLittleEndian)
    whole = _file()
    origins = np.outer(np.arange(3), [0.0, 0.0, 1.0])
    frames = multi_frame_dataset(replace(_volume(), voxels=np.zeros((3, SIDE, SIDE), np.int16), origins=origins))
    spaced = _file(PixelSpacing=["1.2345678", "1.2345678"])
    return {
        "dicom text": (FailureCode.NO_IMAGE, "Просто текст, названный slice.dcm. ".encode() * 40),
        "dicom of three bytes": (FailureCode.NO_IMAGE, b"\x08\0\x05"),
        "dicom preamble alone": (FailureCode.NO_IMAGE, bytes(128) + b"DICM"),
        "dicom preamble and noise": (FailureCode.NO_IMAGE, bytes(128) + b"DICM" + bytes(range(256)) * 20),
        "dicom meta header alone": (FailureCode.NO_IMAGE, explicit),
        "dicom cut in its header": (FailureCode.NO_IMAGE, whole[:600]),
        "dicom cut in its pixels": (FailureCode.NO_IMAGE, whole[:-1000]),
        "dicom without pixels": (FailureCode.NO_IMAGE, _without("PixelData")),
        "dicom without rows": (FailureCode.NO_IMAGE, _without("Rows")),
        "dicom without bits": (FailureCode.NO_IMAGE, _without("BitsAllocated")),
        "dicom of no rows": (FailureCode.NO_IMAGE, _file(Rows=0)),
        "dicom of largest sides": (FailureCode.TOO_LARGE, _file(Rows=65535, Columns=65535)),
        "dicom of two billion frames": (FailureCode.TOO_LARGE, _file(NumberOfFrames=2**31 - 1)),
        "dicom of negative frames": (FailureCode.NO_IMAGE, _file(NumberOfFrames=-5)),
        "dicom with more rows than pixels": (FailureCode.NO_IMAGE, _file(Rows=2_000)),
        "dicom with more frames than groups": (FailureCode.GEOMETRY_MISSING, _frames(frames)),
        "dicom with impossible bits": (FailureCode.UNSUPPORTED_SYNTAX, _file(BitsStored=64)),
        "dicom with zero spacing": (FailureCode.GEOMETRY_MISSING, _file(PixelSpacing=["0", "0"])),
        "dicom with nan spacing": (FailureCode.GEOMETRY_MISSING, _number_text(spaced, b"1.2345678", b"nan      ")),
        "dicom with infinite spacing": (FailureCode.GEOMETRY_MISSING, _number_text(spaced, b"1.2345678", b"1e999    ")),
        "dicom with text for spacing": (FailureCode.GEOMETRY_MISSING, _number_text(spaced, b"1.2345678", b"wide open")),
        "dicom without position": (FailureCode.GEOMETRY_MISSING, _without("ImagePositionPatient")),
        "dicom without slope": (FailureCode.GEOMETRY_MISSING, _without("RescaleSlope")),
        "dicom of nested sequences": (FailureCode.NO_IMAGE, explicit + (SEQUENCE + ITEM) * 3_000),
        "dicom of empty items": (FailureCode.TOO_LARGE, explicit + SEQUENCE + (ITEM + ITEM_END) * 600_000),
        "dicom of tiny elements": (FailureCode.TOO_LARGE, explicit + _tiny_elements(1_200_000)),
        "dicom with a two gigabyte element": (FailureCode.NO_IMAGE, explicit + LONG_PRIVATE + bytes(1_000)),
        "dicom deflated bomb": (FailureCode.TOO_LARGE, deflated + deflated_zeros(2_048)),
        "dicom deflated bomb in an element": (FailureCode.TOO_LARGE, deflated + deflated_zeros(2_048, LONG_PRIVATE)),
        "dicom deflated bomb behind the pixels": (FailureCode.UNSUPPORTED_SYNTAX, _deflated_tail(deflated, whole)),
        "dicom deflated without most frames": (FailureCode.UNSUPPORTED_SYNTAX, _cut_frames(deflated, frames)),
        "dicom deflated noise": (FailureCode.NO_IMAGE, deflated + b"\xff" * 500),
        "dicom of an unknown syntax": (FailureCode.UNSUPPORTED_SYNTAX, _renamed(whole)),
    }


def _cut_frames(meta: bytes, dataset: Dataset) -> bytes:
    whole = file_bytes(dataset)
    start = 144 + struct.unpack_from("<L", whole, 140)[0]
    return meta + deflated_zeros(0, whole[start : -2 * SIDE * SIDE * 2])


def _frames(dataset: Dataset) -> bytes:
    dataset = deepcopy(dataset)
    dataset.NumberOfFrames = 4
    dataset.PixelData = dataset.PixelData + bytes(SIDE * SIDE * 2)
    return file_bytes(dataset)


def _tiny_elements(count: int) -> bytes:
    layout = struct.Struct("<HH2sH")
    return b"".join(layout.pack(0x0009 + 2 * (index >> 16), index & 0xFFFF, b"LO", 0) for index in range(count))


def _deflated_tail(meta: bytes, whole: bytes) -> bytes:
    start = 144 + struct.unpack_from("<L", whole, 140)[0]
    return meta + deflated_zeros(1_024, whole[start:])


def _renamed(whole: bytes) -> bytes:
    old = uid.ExplicitVRLittleEndian.encode() + b"\0"
    return whole.replace(old, b"1.2.840.10008.9.9.9\0"[: len(old)])


def damaged_codestreams() -> dict[str, tuple[FailureCode, bytes]]:
    """Return name -> (failure, content): the frame contradicts Rows and Columns, or it is damaged."""
    changes: dict[str, tuple[uid.UID, Callable[[bytes], bytes]]] = {
        "j2k of 60000 x 60000": (uid.JPEG2000Lossless, lambda frame: _put(frame, 8, ">LL", 60_000, 60_000)),
        "j2k of tiny tiles": (uid.JPEG2000Lossless, lambda frame: _put(frame, 24, ">LL", 1, 1)),
        "j2k of no tiles": (uid.JPEG2000Lossless, lambda frame: _put(frame, 24, ">LL", 0, 0)),
        "j2k of 16384 components": (uid.JPEG2000Lossless, lambda frame: _put(frame, 40, ">H", 16_384)),
        "j2k in a box": (uid.JPEG2000Lossless, lambda frame: b"\0\0\0\x0cjP  \r\n\x87\n" + frame),
        "j2k cut off": (uid.JPEG2000Lossless, lambda frame: frame[: len(frame) // 2]),
        "j2k of noise": (uid.JPEG2000Lossless, lambda frame: frame[:100] + b"\x55" * 500 + b"\xff\xd9"),
        "jpeg of 65535 x 65535": (uid.JPEGLosslessSV1, lambda frame: _frame_size(frame, 0xC3)),
        "jpeg cut off": (uid.JPEGLosslessSV1, lambda frame: frame[: len(frame) // 2]),
        "jpeg of nothing": (uid.JPEGLosslessSV1, lambda _: b"\xff\xd8\xff\xd9"),
        "jpeg-ls of 65535 x 65535": (uid.JPEGLSLossless, lambda frame: _frame_size(frame, 0xF7)),
        "jpeg-ls cut off": (uid.JPEGLSLossless, lambda frame: frame[: len(frame) // 2]),
        "rle of fifteen segments": (uid.RLELossless, lambda frame: _put(frame, 0, "<L", 15)),
        "rle beyond its end": (uid.RLELossless, lambda frame: _put(frame, 8, "<L", 2**31)),
        "rle cut off": (uid.RLELossless, lambda frame: frame[: len(frame) // 2]),
        "rle of nothing but no operations": (uid.RLELossless, lambda frame: frame[:64] + b"\x80" * 2**20),
        "rle that ends inside of a run": (uid.RLELossless, lambda frame: frame[:-400] + b"\x7f"),
        "j2k cut off in its box": (uid.JPEG2000Lossless, lambda frame: _box(b"jp2c", 2**31) + frame[:-400]),
        "j2k behind endless boxes": (uid.JPEG2000Lossless, lambda frame: _box(b"free", 8) * 100_000 + frame),
        "j2k in a box of no length": (uid.JPEG2000Lossless, lambda frame: _box(b"free", 3) + frame),
        "j2k of a tile-part without length": (uid.JPEG2000Lossless, lambda frame: _tile_part(frame, 0)[:-9]),
        "j2k of a tile-part that is too long": (uid.JPEG2000Lossless, lambda frame: _tile_part(frame, 2**31)),
        "jpeg without an end and cut off": (uid.JPEGLosslessSV1, lambda frame: frame[:-400] + bytes(4_000)),
        "jpeg of 12 bits of 65535 x 65535": (uid.JPEGExtended12Bit, lambda frame: _frame_size(frame, 0xC1)),
        "jpeg of 12 bits cut off": (uid.JPEGExtended12Bit, lambda frame: frame[: len(frame) // 2]),
        "htj2k of 60000 x 60000": (uid.HTJ2K, lambda frame: _put(frame, 8, ">LL", 60_000, 60_000)),
        "htj2k cut off": (uid.HTJ2K, lambda frame: frame[: len(frame) // 2]),
        "htj2k of noise": (uid.HTJ2K, lambda frame: frame[:160] + b"\x55" * (len(frame) - 162) + b"\xff\xd9"),
    }
    files = {name: _with_frame(syntax, change) for name, (syntax, change) in changes.items()}
    files["fragment beyond the file"] = _with_frame(uid.RLELossless, bytes, lambda data: _put(data, 12, "<L", 2**31))
    files["no fragments"] = _with_frame(uid.RLELossless, bytes, lambda data: data[:8])
    files["pixels that are no fragments"] = _with_frame(uid.RLELossless, bytes, lambda data: b"\x55" * len(data))
    return {name: (FailureCode.UNSUPPORTED_SYNTAX, content) for name, content in files.items()}


def _with_frame(
    syntax: uid.UID, change: Callable[[bytes], bytes], change_element: Callable[[bytes], bytes] = bytes
) -> bytes:
    """Return a file in the syntax, with its one compressed frame, or the whole pixel element, changed."""
    if syntax == uid.HTJ2K:
        (square,) = slice_datasets(_volume(high_throughput.SIDE))
        dataset = high_throughput.with_codestream(square, syntax)
    else:
        dataset = encoded(_slice(), syntax)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([frame])
    return file_bytes(dataset).replace(dataset.PixelData, change_element(encapsulate([change(frame)])))


def _put(content: bytes, offset: int, layout: str, *values: int) -> bytes:
    changed = bytearray(content)
    struct.pack_into(layout, changed, offset, *values)
    return bytes(changed)


def _box(kind: bytes, length: int) -> bytes:
    return struct.pack(">L4s", length, kind)


def _tile_part(frame: bytes, length: int) -> bytes:
    """Return the codestream with another length of its first tile-part."""
    return _put(frame, frame.index(b"\xff\x90\x00\x0a") + 6, ">L", length)


def _frame_size(frame: bytes, marker: int) -> bytes:
    return _put(frame, frame.index(bytes([0xFF, marker])) + 5, ">HH", 65_535, 65_535)
