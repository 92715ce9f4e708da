"""Strategies for WebSocket frames (RFC 6455, section 5.2) that break the protocol's rules."""

import struct

from hypothesis import strategies as st

_OPCODES = st.sampled_from([0, 1, 2, 3, 7, 8, 9, 10, 11, 15])
_PAYLOADS = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x03", b"\x03\xe8", b"\x00\x00", b"\xff\xff\xff", b"{" * 3000, b"\x03\xe8" + b"\xff" * 10]),
)
_LIES = st.sampled_from([0, 0, 0, 1, -1, 125, 2**16, 2**40, 2**62])
"""How many bytes more a frame announces than it has."""


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Draw some frames of a client, the last one perhaps cut."""
    drawn = b"".join(draw(st.lists(_frames(), min_size=1, max_size=5)))
    return drawn[: draw(st.integers(1, len(drawn)))] if draw(st.booleans()) else drawn


@st.composite
def _frames(draw: st.DrawFn) -> bytes:
    payload, masked = draw(_PAYLOADS), draw(st.sampled_from([True, True, True, False]))
    first = draw(st.sampled_from([0x80, 0x80, 0x00, 0xC0, 0xF0])) | draw(_OPCODES)
    length = max(0, len(payload) + draw(_LIES))
    key = draw(st.binary(min_size=4, max_size=4)) if masked else b""
    sent = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload)) if masked else payload
    return bytes([first]) + _length(length, masked, draw(st.booleans())) + key + sent


def _length(length: int, masked: bool, wasteful: bool) -> bytes:
    """Return the length of a payload; in eight bytes if `wasteful`."""
    mask = 0x80 if masked else 0
    if length < 126 and not wasteful:
        return bytes([mask | length])
    if length < 2**16 and not wasteful:
        return bytes([mask | 126]) + struct.pack("!H", length)
    return bytes([mask | 127]) + struct.pack("!Q", length)
