"""The header of a DICOM file: the data set up to the pixel data, parsed without trusting the lengths in it."""

import struct
from dataclasses import dataclass
from math import prod
from typing import BinaryIO, cast

from pydicom import Dataset
from pydicom.datadict import keyword_dict
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RTStructureSetStorage,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from analyzer.reading.ignored_files import untrusted_parsing
from analyzer.reading.inflation import RAW_DEFLATE, InflationBudget, inflate
from analyzer.reading.number_elements import repair_numbers
from analyzer.reading.streams import SourceStream
from analyzer.reading.syntaxes import PLUGINS

META_GROUP = b"\x02\x00"
IDENTIFYING_GROUPS = frozenset({b"\x08\x00", b"\x00\x08"})
"""Group 0008 in little and big endian, where a data set without meta information begins."""

PREAMBLE = 128
MIN_LENGTH = 8
PIXEL_GROUP = 0x7FE0
PIXEL_DATA = 0x7FE00010
CONTOUR_GROUP = 0x3006
SOP_CLASS = 0x00080016
MAX_UID_LENGTH = 64
READ_GROUPS = frozenset({0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x5200})
PET_FRAME_TAGS = frozenset({0x00541300, 0x00541330})
"""Frame reference time and image index, which tell the frames of a dynamic or gated PET apart."""

READ_TAGS: list[BaseTag | int] = [
    tag for tag in keyword_dict.values() if tag >> 16 in READ_GROUPS or tag in PET_FRAME_TAGS
]
FUNCTIONAL_GROUPS = frozenset({0x52009229, 0x52009230})
UNDEFINED_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True)
class PixelElement:
    """Location of the pixel data in the stream. `length` in bytes; None when encapsulated (undefined length)."""

    offset: int
    length: int | None


@dataclass(frozen=True)
class Header:
    """The header of a DICOM file.

    Attributes:
        dataset: public elements of the groups about patient, study, equipment, geometry and pixels.
        syntax: transfer syntax UID, as stated or, without a statement, as detected.
        pixels: None in a file without pixel data.
        stream: the bytes of the file, or the inflated data set if the syntax is deflated; `pixels.offset` and
            `start` (the start of the data set) are offsets in it.
    """

    dataset: Dataset
    syntax: UID
    pixels: PixelElement | None
    stream: SourceStream
    start: int

    @property
    def sop_class(self) -> str:
        """SOP class UID of the data set, else of the file meta information, else empty."""
        stated = self.dataset.get("SOPClassUID") or self.dataset.file_meta.get("MediaStorageSOPClassUID")
        return str(stated or "")


def looks_like_dicom(head: bytes) -> bool:
    """Return whether the first bytes of a file (132 or all) look like DICOM, with or without a preamble."""
    if head[PREAMBLE : PREAMBLE + 4] == b"DICM":
        return True
    return len(head) > MIN_LENGTH and head[:2] in {META_GROUP, *IDENTIFYING_GROUPS} and _plausible_element(head)


def _plausible_element(head: bytes) -> bool:
    if head[4:6].isalpha() and head[4:6].isupper():
        return True
    return head[0] != 0 and struct.unpack_from("<L", head, 4)[0] < 2**12


def read_header(stream: SourceStream, limit: int, budget: InflationBudget) -> Header:
    """Read the header from the start of the stream. Raises `FileIgnored` when it is damaged, or over `limit` bytes."""
    with untrusted_parsing():
        stream.seek(PREAMBLE + 4 if stream.read(PREAMBLE + 4)[PREAMBLE:] == b"DICM" else 0)
        meta = _read_meta(stream)
        syntax = UID(str(meta.get("TransferSyntaxUID") or _detected_syntax(stream)))
        if syntax == DeflatedExplicitVRLittleEndian:
            stream = SourceStream(inflate(stream.pieces(), RAW_DEFLATE, budget), limit, stream.budget)
        start = stream.tell()
        dataset, pixels = _read_elements(stream, syntax, str(meta.get("MediaStorageSOPClassUID") or ""))
        repair_numbers(dataset)
        if syntax in PLUGINS and _are_native(dataset, pixels):
            syntax = ExplicitVRLittleEndian
        meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta
    return Header(dataset, syntax, pixels, stream, start)


def _read_meta(stream: SourceStream) -> FileMetaDataset:
    """Read the file meta information (group 0002) element by element: its stated group length is often wrong."""

    def after_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        return tag.group != 2

    if _peek(stream, 2) != META_GROUP:
        return FileMetaDataset()
    file = cast(BinaryIO, stream)
    return FileMetaDataset(read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=after_meta))


def _detected_syntax(stream: SourceStream) -> str:
    head = _peek(stream, 6)
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    if not explicit:
        return ImplicitVRLittleEndian
    return ExplicitVRBigEndian if head[0] == 0 else ExplicitVRLittleEndian


def _read_elements(stream: SourceStream, syntax: str, sop_class: str) -> tuple[Dataset, PixelElement | None]:
    """Read up to the pixel data or, in a structure set only, up to the contours, which may be larger than a header.

    Other objects may have elements of the contours' group before their pixels, left behind by archives. Pixels in
    floating point (7FE0,0008 and 0009) are those of other objects than images, and are not read.
    """
    pixels: list[tuple[str | None, int]] = []
    sop_classes = [sop_class]

    def at_content(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag == SOP_CLASS and 0 < length <= MAX_UID_LENGTH:
            sop_classes.append(_peek(stream, length).decode("ascii", "replace").rstrip("\0 "))
        if tag == PIXEL_DATA:
            pixels.append((vr, length))
        return (
            bool(pixels)
            or (tag.group == PIXEL_GROUP and tag.element >= 8)
            or (tag.group == CONTOUR_GROUP and sop_classes[-1] == RTStructureSetStorage)
        )

    implicit = syntax == ImplicitVRLittleEndian
    little = syntax != ExplicitVRBigEndian
    file = cast(BinaryIO, stream)
    dataset = read_dataset(file, implicit, little, stop_when=at_content, specific_tags=READ_TAGS)
    if not pixels:
        return dataset, None
    vr, length = pixels[0]
    offset = stream.tell() + (12 if vr in EXPLICIT_VR_LENGTH_32 else 8)
    return dataset, PixelElement(offset, None if length == UNDEFINED_LENGTH else length)


def _are_native(dataset: Dataset, pixels: PixelElement | None) -> bool:
    """Return whether the pixels are plain words, whatever the meta information says: some gateways unpack silently.

    Compressed ones are encapsulated, with an undefined length (PS3.5 A.4).
    """
    if pixels is None or pixels.length is None:
        return False
    sides = (int(dataset.get(keyword) or 0) for keyword in ("Rows", "Columns", "BitsAllocated"))
    bits = prod(sides) * int(dataset.get("NumberOfFrames") or 1)
    return pixels.length - 1 <= bits // 8 <= pixels.length


def _peek(stream: SourceStream, count: int) -> bytes:
    head = stream.read(count)
    stream.seek(-len(head), 1)
    return head


def drop_sequences(dataset: Dataset) -> None:
    """Remove all sequences but functional groups, in place: an item takes a hundred times its encoded size."""
    for tag in [tag for tag in dataset.keys() if tag not in FUNCTIONAL_GROUPS and _is_sequence(dataset, tag)]:  # noqa: SIM118
        del dataset[tag]


def _is_sequence(dataset: Dataset, tag: BaseTag) -> bool:
    element = dataset.get_item(tag, keep_deferred=True)
    return not element.is_raw and element.VR == "SQ"
