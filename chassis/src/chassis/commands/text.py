"""Unicode rules for texts from clients: normalization (UAX #15) and forbidden character categories (Unicode, 4.5)."""

from collections.abc import Set
from unicodedata import category, normalize

LINE_BREAKS_AND_TAB = frozenset("\n\r\t")
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset({"Cc"})
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def nfc(text: str) -> str:
    """Return a text in Normalization Form C, so that canonically equivalent texts are equal."""
    return normalize("NFC", text)


def has_control_characters(text: str, *, allowed: Set[str] = frozenset()) -> bool:
    """Say whether a text has control characters other than the allowed ones."""
    return any(category(character) in _CONTROL and character not in allowed for character in text)


def has_unwritable_characters(text: str) -> bool:
    """Say whether a text can't be one line of UTF-8: control characters, surrogates, line and paragraph separators."""
    return any(category(character) in _UNWRITABLE for character in text)


def has_direction_controls(text: str) -> bool:
    """Say whether a text has embeddings, overrides or isolates (UAX #9, 2.1-2.5): they can show agnp.exe as aexe.png.

    The marks LRM, RLM and ALM (2.6), which Arabic and Hebrew names may need, are not meant: they reorder no letters.
    """
    return not _DIRECTION_CONTROLS.isdisjoint(text)


def has_invisible_characters(text: str) -> bool:
    """Say whether a text has unwritable, format, private-use or unassigned characters: these can imitate a name."""
    return any(category(character) in _INVISIBLE for character in text)
