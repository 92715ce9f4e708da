"""Decompression bombs."""

import zlib

ZEROS = 2**20


def deflated_zeros(mebibytes: int, before: bytes = b"", wbits: int = -15) -> bytes:
    """Return a deflate stream of `before` and then `mebibytes` MiB of zeros, a thousandth of that size."""
    engine = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = engine.compress(before) + engine.flush(zlib.Z_FULL_FLUSH)
    block = engine.compress(bytes(ZEROS)) + engine.flush(zlib.Z_FULL_FLUSH)
    return start + block * mebibytes + engine.flush()
