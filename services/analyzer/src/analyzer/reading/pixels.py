"""Decoder of pixel data into frames of stored values, one at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from analyzer.reading.compressed_frame import check_frame
from analyzer.reading.dicom_header import Header
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.streams import blocks_of, read_to_end
from analyzer.reading.syntaxes import NATIVE, PLUGINS

SAMPLE_BITS = frozenset({8, 16, 32})
Frame = NDArray[np.integer]


def decode_frames(header: Header) -> Iterator[Frame]:
    """Yield the frames (rows, columns) in the order of the file, then read to its end, where checksums are verified.

    Raises `FileIgnored(DAMAGED)` when the pixel data contradicts the header.
    """
    if header.pixels is None or header.dataset.BitsAllocated not in SAMPLE_BITS:
        raise FileIgnored(Reason.DAMAGED)
    header.stream.seek(header.pixels.offset)
    with untrusted_parsing():
        frames = _native(header) if header.syntax in NATIVE else _encapsulated(header)
        yield from frames


def _native(header: Header) -> Iterator[Frame]:
    options = _options(header, number_of_frames=1, view_only=True)
    size = options["rows"] * options["columns"] * options["bits_allocated"] // 8
    decoder = get_decoder(header.syntax)
    pieces = header.stream.pieces()
    for block in islice(blocks_of(pieces, size), _frame_count(header)):
        yield decoder.as_array(block, index=0, raw=True, **options)[0]
    read_to_end(pieces)


def _encapsulated(header: Header) -> Iterator[Frame]:
    options = _options(header, number_of_frames=_frame_count(header))
    content = b"".join(header.stream.pieces())
    rows, columns, sample_bytes = options["rows"], options["columns"], options["bits_allocated"] // 8
    for frame in generate_frames(content, number_of_frames=_frame_count(header)):
        check_frame(frame, header.syntax, rows, columns, sample_bytes)
    plugin = PLUGINS[header.syntax]
    decoded = get_decoder(header.syntax).iter_array(content, raw=True, decoding_plugin=plugin, **options)
    for frame, _ in decoded:
        yield frame


def _frame_count(header: Header) -> int:
    return int(header.dataset.get("NumberOfFrames") or 1)


def _options(header: Header, **extra: int) -> dict[str, Any]:
    dataset = header.dataset
    return {
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "samples_per_pixel": 1,
        "photometric_interpretation": str(dataset.PhotometricInterpretation),
        "bits_allocated": int(dataset.BitsAllocated),
        "bits_stored": int(dataset.BitsStored),
        "pixel_representation": int(dataset.PixelRepresentation),
        "pixel_keyword": "PixelData",
        "correct_unused_bits": True,
        **extra,
    }
