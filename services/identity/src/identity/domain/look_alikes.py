"""Look-alikes: whole names of one script that read as names of another, such as a Cyrillic "coco" as a Latin one.

Letters of several scripts in one name are refused anyway (`scripts`), so only whole names can be mistaken.
"""

from collections.abc import Mapping, Sequence
from unicodedata import combining, lookup, normalize

_CAPITAL = """
A:A:ALPHA B:VE:BETA C:ES: E:IE:EPSILON H:EN:ETA I:BYELORUSSIAN-UKRAINIAN_I:IOTA J:JE: K:KA:KAPPA M:EM:MU N::NU
O:O:OMICRON P:ER:RHO S:DZE: T:TE:TAU X:HA:CHI Y:U:UPSILON Y:STRAIGHT_U:UPSILON Z::ZETA
:GHE:GAMMA :EL:LAMDA :PE:PI :EF:PHI
"""
_SMALL = """
a:A:ALPHA c:ES: e:IE: h:SHHA: i:BYELORUSSIAN-UKRAINIAN_I:IOTA j:JE: k:KA:KAPPA o:O:OMICRON p:ER:RHO s:DZE:
u::UPSILON v::NU x:HA:CHI y:U:GAMMA y:STRAIGHT_U:GAMMA :EF:PHI :PE:PI
"""
"""Letters that look alike, after Unicode's `confusables.txt`: Latin, then the names of the Cyrillic and Greek ones."""

Row = tuple[str, str, str]


def _rows(table: str, case: str) -> Sequence[Row]:
    def letter(script: str, name: str) -> str:
        return lookup(f"{script} {case} LETTER {name.replace('_', ' ')}") if name else ""

    rows = [row.split(":") for row in table.split()]
    return [(latin, letter("CYRILLIC", cyrillic), letter("GREEK", greek)) for latin, cyrillic, greek in rows]


_ROWS = [*_rows(_CAPITAL, "CAPITAL"), *_rows(_SMALL, "SMALL"), ("I", "\u04c0", ""), ("l", "\u04cf", "")]
_SCRIPTS = range(3)


def _replacements(source: int, target: int) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for row in _ROWS:
        if row[source] and row[target]:
            pairs.setdefault(row[source], row[target])
    return pairs


_REPLACEMENTS = [_replacements(source, target) for source in _SCRIPTS for target in _SCRIPTS if source != target]


def look_alikes(name: str) -> Sequence[str]:
    """Return the names of other scripts that look like this one: mostly none, at most two."""
    letters = normalize("NFD", name)
    found = [other for replacements in _REPLACEMENTS if (other := _replaced(letters, replacements))]
    return sorted({normalize("NFC", other) for other in found} - {name})


def _replaced(letters: str, replacements: Mapping[str, str]) -> str | None:
    """Return the name in the other script; None when a letter has no look-alike there. Marks and digits stay."""
    replaced = [
        letter if combining(letter) or (letter.isascii() and not letter.isalpha()) else replacements.get(letter)
        for letter in letters
    ]
    return None if None in replaced else "".join(filter(None, replaced))
