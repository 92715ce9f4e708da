"""From the bytes of a file to frames of stored values, one at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from analyzer.reading.codestream import check_frame
from analyzer.reading.dicom_header import Header
from analyzer.reading.ignored import Ignored, Reason, hostile
from analyzer.reading.streams import drain, take
from analyzer.reading.syntaxes import NATIVE, PLUGINS

SAMPLE_BITS = frozenset({8, 16, 32})
Frame = NDArray[np.integer]


def decode_frames(header: Header) -> Iterator[Frame]:
    """Yield the frames (rows, columns) in the order of the file, then check that the file ends as it should.

    Raises `Ignored(DAMAGED)` when the pixels are not what the header says.
    """
    if header.pixels is None or header.dataset.BitsAllocated not in SAMPLE_BITS:
        raise Ignored(Reason.DAMAGED)
    header.stream.seek(header.pixels.offset)
    with hostile():
        frames = _native(header) if header.syntax in NATIVE else _encapsulated(header)
        yield from frames


def _native(header: Header) -> Iterator[Frame]:
    options = _options(header, number_of_frames=1, view_only=True)
    size = options["rows"] * options["columns"] * options["bits_allocated"] // 8
    decoder = get_decoder(header.syntax)
    pieces = header.stream.pieces()
    for block in islice(take(pieces, size), _frames(header)):
        yield decoder.as_array(block, index=0, raw=True, **options)[0]
    drain(pieces)


def _encapsulated(header: Header) -> Iterator[Frame]:
    options = _options(header, number_of_frames=_frames(header))
    content = b"".join(header.stream.pieces())
    rows, columns, sample_bytes = options["rows"], options["columns"], options["bits_allocated"] // 8
    for frame in generate_frames(content, number_of_frames=_frames(header)):
        check_frame(frame, header.syntax, rows, columns, sample_bytes)
    plugin = PLUGINS[header.syntax]
    decoded = get_decoder(header.syntax).iter_array(content, raw=True, decoding_plugin=plugin, **options)
    for frame, _ in decoded:
        yield frame


def _frames(header: Header) -> int:
    return int(header.dataset.get("NumberOfFrames") or 1)


def _options(header: Header, **more: int) -> dict[str, Any]:
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
        **more,
    }
