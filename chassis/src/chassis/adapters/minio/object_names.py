"""What objects are called in a bucket. Any text is a path, but not any text is a name that every S3 takes.

MinIO keeps an object in a folder of its name: no segment may be empty, `.`, `..` or long, and where `a` is an object,
`a/b` can't be one. So a name marks each segment and its own end:

    1/20f1b6c1  ->  _1/_20f1b6c1!

The order of names, by bytes, is that of the paths, and a path's beginning is the beginning of its name.
"""

import re

_BEGINS = "_"
_ENDS = "!"
"""Less than anything else in a name, so that a path comes before those that begin with it."""
_SLASH = "/_"
_CUT = "/="
"""A slash that is in the name only."""
_SEGMENT_BYTES = 200
_NAME_BYTES = 1024
_INTRODUCERS = {"$": (0x00, 0x2C), "[": (0x5B, 0x5C), "~": (0x7E, 0x9F), "\ud7ff": (0xD7FF, 0xDFFF)}
"""Characters that can't stand for themselves, and what stands before their number instead: a character that sorts
where they do."""
_ESCAPED = re.compile(f"([{re.escape(''.join(_INTRODUCERS))}])([0-9a-f]{{4}})")


def object_name(path: str) -> str:
    """Return the name of the object at a path. Raises `ValueError` for one that is too long (about 1,000 bytes)."""
    name = f"{name_prefix(path)}{_ENDS}"
    if len(name.encode()) > _NAME_BYTES:
        raise ValueError("the key of an object is too long")
    return name


def name_prefix(path: str) -> str:
    """Return what the names of all objects begin with whose paths begin with this one."""
    pieces, length = [_BEGINS], 1
    for character in path:
        if length >= _SEGMENT_BYTES:
            pieces.append(_CUT)
            length = 1
        piece = _SLASH if character == "/" else _spelled(character)
        length = 1 if character == "/" else length + len(piece.encode())
        pieces.append(piece)
    return "".join(pieces)


def path_of(name: str) -> str | None:
    """Return the path of an object; None when the name is none of ours."""
    if not (name.startswith(_BEGINS) and name.endswith(_ENDS)):
        return None
    path = name[len(_BEGINS) : -len(_ENDS)].replace(_CUT, "").replace(_SLASH, "/")
    return _ESCAPED.sub(lambda match: chr(int(match[2], 16)), path)


def _spelled(character: str) -> str:
    number = ord(character)
    for introducer, (first, last) in _INTRODUCERS.items():
        if first <= number <= last:
            return f"{introducer}{number:04x}"
    return character
