"""The mapping between the path of a key and the name of an S3 object: any path gets a name that every S3 accepts.

MinIO stores an object in a folder of its name: no segment may be empty, `.`, `..` or long, and `a/b` cannot exist
beside `a`. So a name marks the start of each segment and its own end:

    1/20f1b6c1  ->  _1/_20f1b6c1!

The mapping keeps the byte order of paths, and the prefix of a path maps to a prefix of its name.
"""

import re

_BEGINS = "_"
_ENDS = "!"
"""Sorts before every other character of a name, so that a path comes before the paths that it is a prefix of."""
_SLASH = "/_"
_CUT = "/="
"""Splits a long segment; the path has no slash there."""
_SEGMENT_BYTES = 200
_NAME_BYTES = 1024
_INTRODUCERS = {"$": (0x00, 0x2C), "[": (0x5B, 0x5C), "~": (0x7E, 0x9F), "\ud7ff": (0xD7FF, 0xDFFF)}
"""Escape characters: each is followed by the code point of a character of its range, and sorts where the range does."""
_ESCAPED = re.compile(f"([{re.escape(''.join(_INTRODUCERS))}])([0-9a-f]{{4}})")


def object_name(path: str) -> str:
    """Return the name of a path. Raises `ValueError` for a path that is too long (about 1,000 bytes)."""
    name = f"{name_prefix(path)}{_ENDS}"
    if len(name.encode()) > _NAME_BYTES:
        raise ValueError("the key of an object is too long")
    return name


def name_prefix(path: str) -> str:
    """Return the prefix that the names of all paths with this prefix share."""
    pieces, length = [_BEGINS], 1
    for character in path:
        if length >= _SEGMENT_BYTES:
            pieces.append(_CUT)
            length = 1
        piece = _SLASH if character == "/" else _escaped(character)
        length = 1 if character == "/" else length + len(piece.encode())
        pieces.append(piece)
    return "".join(pieces)


def path_of(name: str) -> str | None:
    """Return the path of a name; None for a name that `object_name` never returns."""
    if not (name.startswith(_BEGINS) and name.endswith(_ENDS)):
        return None
    path = name[len(_BEGINS) : -len(_ENDS)].replace(_CUT, "").replace(_SLASH, "/")
    return _ESCAPED.sub(lambda match: chr(int(match[2], 16)), path)


def _escaped(character: str) -> str:
    number = ord(character)
    for introducer, (first, last) in _INTRODUCERS.items():
        if first <= number <= last:
            return f"{introducer}{number:04x}"
    return character
