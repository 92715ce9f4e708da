"""Decoder of pixel data into frames of stored values, one at a time."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from analyzer.reading.codestreams import Attempt, attempts
from analyzer.reading.compressed_frame import check_frame
from analyzer.reading.dicom_header import Header
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.stored_values import from_high_bits, unused_low_bits
from analyzer.reading.streams import blocks_of, read_to_end
from analyzer.reading.syntaxes import NATIVE, PLUGINS, decoder_syntax

SAMPLE_BITS = frozenset({8, 16, 32})
Frame = NDArray[np.integer]


def decode_frames(header: Header) -> Iterator[Frame | None]:
    """Yield the frames (rows, columns) in the order of the file, None for a damaged one; then read to its end.

    Checksums are verified there. Raises `FileIgnored(DAMAGED)` when the pixel data contradicts the header.
    """
    if header.pixels is None or header.dataset.BitsAllocated not in SAMPLE_BITS:
        raise FileIgnored(Reason.DAMAGED)
    header.stream.seek(header.pixels.offset)
    with untrusted_parsing():
        frames = _native(header) if header.syntax in NATIVE else _encapsulated(header)
        yield from frames


def _native(header: Header) -> Iterator[Frame]:
    options = decoding_options(header.dataset, view_only=True)
    unused = unused_low_bits(header.dataset)
    words = {**options, "bits_stored": options["bits_allocated"]}
    size = options["rows"] * options["columns"] * options["bits_allocated"] // 8
    decoder = get_decoder(header.syntax)
    pieces = header.stream.pieces()
    for block in islice(blocks_of(pieces, size), _frame_count(header)):
        shifted = from_high_bits(decoder.as_array(block, index=0, raw=True, **words)[0], unused) if unused else None
        yield decoder.as_array(block, index=0, raw=True, **options)[0] if shifted is None else shifted
    read_to_end(pieces)


def _encapsulated(header: Header) -> Iterator[Frame | None]:
    options = decoding_options(header.dataset)
    count = _frame_count(header)
    frames = generate_frames(b"".join(header.stream.pieces()), number_of_frames=count)
    for _ in range(count):
        try:
            with untrusted_parsing():
                decoded = decode_frame(next(frames), header.syntax, options)
        except FileIgnored:
            decoded = None
        yield decoded


def decode_frame(frame: bytes, syntax: UID, options: Mapping[str, Any]) -> Frame:
    """Decode a compressed frame, by the first attempt that succeeds. Raises `FileIgnored(DAMAGED)` when none does."""
    decoder = get_decoder(decoder_syntax(syntax))
    for codestreams in sound_attempts(frame, syntax, options):
        with suppress(FileIgnored), untrusted_parsing():
            results = [
                decoder.as_array(encapsulate([codestream]), raw=True, decoding_plugin=PLUGINS[syntax], **options)[0]
                for codestream in codestreams
            ]
            if all(np.array_equal(result, results[0]) for result in results):
                return results[0]
    raise FileIgnored(Reason.DAMAGED)


def sound_attempts(frame: bytes, syntax: UID, options: Mapping[str, Any]) -> Iterator[Attempt]:
    """Yield the attempts at a compressed frame whose codestreams are complete and of the size that the file declares.

    Raises `FileIgnored(DAMAGED)`.
    """
    rows, columns, sample_bytes = options["rows"], options["columns"], max(1, options["bits_allocated"] // 8)
    with untrusted_parsing():
        for codestreams in attempts(frame, syntax, rows * columns):
            with suppress(FileIgnored), untrusted_parsing():
                for codestream in codestreams:
                    check_frame(codestream, syntax, rows, columns, sample_bytes)
                yield codestreams


def _frame_count(header: Header) -> int:
    return int(header.dataset.get("NumberOfFrames") or 1)


def decoding_options(dataset: Dataset, **extra: int) -> dict[str, Any]:
    """Return what pydicom has to know of a data set to decode one of its frames."""
    return {
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "samples_per_pixel": 1,
        "number_of_frames": 1,
        "photometric_interpretation": str(dataset.PhotometricInterpretation),
        "bits_allocated": int(dataset.BitsAllocated),
        "bits_stored": int(dataset.get("BitsStored") or dataset.BitsAllocated),
        "pixel_representation": int(dataset.PixelRepresentation),
        "pixel_keyword": "PixelData",
        "correct_unused_bits": True,
        **extra,
    }
