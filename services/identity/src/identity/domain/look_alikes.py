"""Look-alikes: whole names of one script that read as names of another, such as Cyrillic `сосо` and Latin `coco`.

Letters of several scripts in one name are refused anyway (`scripts`), so only whole names can be mistaken.
"""

from collections.abc import Mapping, Sequence
from unicodedata import combining, normalize

_ALIKE = """
A А Α|B В Β|C С -|E Е Ε|H Н Η|I І Ι|I Ӏ Ι|J Ј -|K К Κ|M М Μ|N - Ν|O О Ο|P Р Ρ|S Ѕ -|T Т Τ|X Х Χ|Y У Υ|Y Ү Υ|Z - Ζ
a а α|c с -|e е -|h һ -|i і ι|j ј -|k к κ|l ӏ -|o о ο|p р ρ|s ѕ -|u - υ|v - ν|x х χ|y у γ|y ү γ
- Г Γ|- Л Λ|- П Π|- Ф Φ|- ф φ|- д -|- п π
"""
"""Letters that look alike in common typefaces: Latin, Cyrillic, Greek (after Unicode's `confusables.txt`)."""

_ROWS = [row.split() for row in _ALIKE.replace("\n", "|").split("|") if row]
_SCRIPTS = range(3)


def _replacements(source: int, target: int) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for row in _ROWS:
        if row[source] != "-" and row[target] != "-":
            pairs.setdefault(row[source], row[target])
    return pairs


_REPLACEMENTS = [_replacements(source, target) for source in _SCRIPTS for target in _SCRIPTS if source != target]


def look_alikes(name: str) -> Sequence[str]:
    """Return the names of other scripts that look like this one: mostly none, at most two."""
    letters = normalize("NFD", name)
    found = [twin for replacements in _REPLACEMENTS if (twin := _replaced(letters, replacements))]
    return sorted({normalize("NFC", twin) for twin in found} - {name})


def _replaced(letters: str, replacements: Mapping[str, str]) -> str | None:
    """Return the name in the other script; None when a letter has no look-alike there."""
    kept = [letter for letter in letters if combining(letter) or (letter.isascii() and not letter.isalpha())]
    replaced = [replacements.get(letter, letter if letter in kept else "") for letter in letters]
    return "".join(replaced) if all(replaced) else None
