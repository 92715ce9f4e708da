"""Scripts of letters: those in modern use (UAX #31, table 5), without the letters that only phoneticians write.

`unicodedata` knows no scripts, so this table names their ranges. What is in none of them is in no script: rare letters
often look like common ones (U+0251 like a, U+01C0 like l).
"""

from bisect import bisect_right
from unicodedata import category

from chassis.commands.text import nfc

_RANGES = {
    "Latin": "0041-005A 0061-007A 00C0-00D6 00D8-00F6 00F8-0148 014A-017E 018F 01A0-01A1 01AF-01B0 01CD-01DC 01E6-01EB "
    "01F4-01F5 01F8-01FB 0218-021B 0226-0233 0259 1E00-1E99 1E9E 1EA0-1EF9",
    "Greek": "0370-0373 0376-0377 037B-037D 0386 0388-03CE 1F00-1FFC",
    "Cyrillic": "0400-045F 048A-04FF",
    "Armenian": "0531-0556 0561-0587",
    "Hebrew": "05D0-05EA 05EF-05F4",
    "Arabic": "0620-064A 064B-0655 0660-0669 0671-06D3 06D5 06EE-06FC 0750-077F",
    "Thaana": "0780-07B1",
    "Devanagari": "0900-097F",
    "Bengali": "0980-09FE",
    "Gurmukhi": "0A01-0A76",
    "Gujarati": "0A81-0AFF",
    "Oriya": "0B01-0B77",
    "Tamil": "0B82-0BEF",
    "Telugu": "0C00-0C6F",
    "Kannada": "0C80-0CF3",
    "Malayalam": "0D00-0D7F",
    "Sinhala": "0D81-0DF3",
    "Thai": "0E01-0E59",
    "Lao": "0E81-0EDF",
    "Tibetan": "0F00-0FBC",
    "Myanmar": "1000-109D",
    "Georgian": "10D0-10FF 1C90-1CBF",
    "Ethiopic": "1200-135F",
    "Khmer": "1780-17E9",
    "Hiragana": "3041-309F",
    "Katakana": "30A1-30FF",
    "Bopomofo": "3105-312F",
    "Hangul": "AC00-D7A3",
    "Han": "3005-3007 3400-4DBF 4E00-9FFF 20000-3134F",
}
_WRITTEN_TOGETHER = (
    frozenset({"Han", "Hiragana", "Katakana"}),
    frozenset({"Han", "Hangul"}),
    frozenset({"Han", "Bopomofo"}),
)
_ACCENTS = range(0x0300, 0x0334)
"""Marks above and below letters of any script; strokes through them (from U+0334 on) turn letters into others."""


def _parsed(script: str, ranges: str) -> list[tuple[int, int, str]]:
    bounds = [part.partition("-") for part in ranges.split()]
    return [(int(first, 16), int(last or first, 16), script) for first, _, last in bounds]


_TABLE = sorted(part for script, ranges in _RANGES.items() for part in _parsed(script, ranges))
_FIRSTS = [first for first, _, _ in _TABLE]


def script_of(character: str) -> str | None:
    """Return the script of a character; None when it is in no script of the table."""
    index = bisect_right(_FIRSTS, ord(character)) - 1
    if index < 0:
        return None
    _, last, script = _TABLE[index]
    return script if ord(character) <= last else None


def is_in_one_script(text: str) -> bool:
    """Return whether all letters, marks and digits are of one script, or of scripts that are written together.

    ASCII digits go with every script, and so does one accent on a letter.
    """
    scripts: set[str] = set()
    accented = False
    for character in nfc(text):
        is_accent = ord(character) in _ACCENTS
        if is_accent and accented:
            return False
        accented = is_accent
        if is_accent or (character.isascii() and not character.isalpha()) or category(character)[0] not in "LMN":
            continue
        script = script_of(character)
        if script is None:
            return False
        scripts.add(script)
    return len(scripts) <= 1 or any(scripts <= together for together in _WRITTEN_TOGETHER)
