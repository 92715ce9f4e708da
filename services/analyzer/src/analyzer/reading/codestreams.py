"""Codestreams of compressed frames as careful decoders read them: without boxes and padding, with their end marker."""

from collections.abc import Iterator

from pydicom import uid

from analyzer.reading import jpeg_2000
from analyzer.reading.run_lengths import cut_to_size
from analyzer.reading.syntaxes import JPEG_2000, JPEG_LS

EOI = b"\xff\xd9"
FILLINGS = (b"\x00" * 16, b"\x55" * 16, b"\xaa" * 16)
MAX_ZEROS = 4
"""Zero bytes between a JPEG-LS scan and its end marker that are taken for padding."""

Attempt = tuple[bytes, ...]
"""Codestreams that must decode to the same values."""


def attempts(frame: bytes, syntax: str, pixels: int) -> Iterator[Attempt]:
    """Yield how to decode a frame of `pixels` pixels: as it is, then as decoders that refuse it need it.

    What does not belong to the codestream is left out. Nothing is made up where it ends early, but for an end marker
    that the encoder forgot.
    """
    if syntax == uid.RLELossless:
        yield (frame,)
        yield (cut_to_size(frame, pixels),)
    elif syntax in JPEG_2000:
        yield (jpeg_2000.ended(jpeg_2000.unboxed(frame)),)
    elif syntax in JPEG_LS:
        yield from _jpeg_ls(frame.lstrip(b"\0"))
    else:
        yield _jpeg(frame.lstrip(b"\0"))


def _jpeg_ls(frame: bytes) -> Iterator[Attempt]:
    """Yield the scan with its end marker, then without zero bytes before it, which some encoders write."""
    scan = _before_end(frame)
    yield (scan + EOI,)
    for _ in range(MAX_ZEROS):
        if not scan.endswith(b"\0"):
            return
        scan = scan[:-1]
        yield (scan + EOI,)


def _jpeg(frame: bytes) -> Attempt:
    """Return the scan with its end marker. Without one, what follows the scan must not matter.

    The decoder fills a scan that ends early without an error: then the filling shows in the values. Of zeros at the
    end one is kept, which may belong to the scan; more are padding, and could pass for many values.
    """
    scan = _before_end(frame)
    if len(scan) < len(frame):
        return (scan + EOI,)
    scan = scan.rstrip(b"\0") + scan[-1:] if scan.endswith(b"\0") else scan
    return tuple(scan + filling + EOI for filling in FILLINGS)


def _before_end(frame: bytes) -> bytes:
    """Return everything before the end marker, after which there may be padding only."""
    scan, end, padding = frame.rpartition(EOI)
    return scan if end and not padding.strip(b"\0\xff") else frame
