"""Content-Type and Content-Disposition of a request: parsing."""

import re
from urllib.parse import unquote_to_bytes

OCTETS = "application/octet-stream"
_PARAMETER = re.compile(rb""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)""")
_MEDIA_TYPE = re.compile(rb"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}(?:;\s?charset=[\w-]{1,30})?")


def parameters(header: bytes) -> dict[str, bytes]:
    """Return a header's parameters by lower-case name, unquoted.

    A backslash escapes quotes and backslashes only: a browser on Windows may send a path with literal backslashes.
    """
    return {name.decode("latin-1").lower(): _unquoted(value) for name, value in _PARAMETER.findall(header)}


def filename(disposition: dict[str, bytes]) -> str | None:
    """Return the file name that Content-Disposition's parameters give, None without one.

    `filename*` (RFC 8187) wins over `filename`. Raises `UnicodeDecodeError` when it is not UTF-8.
    """
    extended = disposition.get("filename*", b"")
    charset, _, rest = extended.partition(b"'")
    if charset.lower() == b"utf-8" and b"'" in rest:
        return unquote_to_bytes(rest.partition(b"'")[2]).decode()
    plain = disposition.get("filename")
    return None if plain is None else plain.decode()


def media_type(header: bytes | None) -> str:
    """Return a media type that is safe to store and to send back; `application/octet-stream` for a malformed one."""
    return header.decode() if header is not None and _MEDIA_TYPE.fullmatch(header) else OCTETS


def _unquoted(value: bytes) -> bytes:
    if not value.startswith(b'"'):
        return value
    return re.sub(rb'\\(["\\])', rb"\1", value[1:-1])
