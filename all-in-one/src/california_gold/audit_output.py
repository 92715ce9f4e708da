"""How the audit is printed: as a table for people, as JSON or CSV for programs."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from io import StringIO
from typing import Any

import orjson
from pydantic import JsonValue

from chassis.audit.story import Entry
from chassis.projections.differences import Difference, differences

_INDENTED = orjson.OPT_INDENT_2
_BRIEF = 80
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = Mapping[str, Any]


class Format(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def story_text(entries: Sequence[Entry], wanted: Format) -> str:
    """Print a story; in a table, what others led to is indented under them."""
    if wanted is Format.JSON:
        return _json([asdict(entry) for entry in entries])
    if wanted is Format.CSV:
        return _csv([{**asdict(entry), "data": orjson.dumps(entry.data).decode()} for entry in entries])
    return _table([_row(entry) for entry in entries])


def state_text(state: JsonValue, place: Row, wanted: Format) -> str:
    """Print a state; `place` says of which stream and when."""
    if wanted is Format.JSON:
        return _json({**place, "state": state})
    rows = [{"field": path, "value": _value(value)} for path, value in fields(state)]
    return _csv(rows) if wanted is Format.CSV else f"{_titled(place)}\n{_table(rows)}"


def difference_text(found: Iterable[Difference], place: Row, wanted: Format) -> str:
    """Print what differs between two moments."""
    if wanted is Format.JSON:
        return _json({**place, "differences": [asdict(difference) for difference in found]})
    rows = [{"field": one.path, "before": _value(one.before), "after": _value(one.after)} for one in found]
    if wanted is Format.CSV:
        return _csv(rows)
    return f"{_titled(place)}\n{_table(rows) if rows else 'nothing differs'}"


def fields(state: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield the fields of a state that are not null, each under its path."""
    for difference in differences({}, state):
        if isinstance(difference.after, dict):
            yield from ((f"{difference.path}.{path}", value) for path, value in fields(difference.after))
        else:
            yield difference.path, difference.after


def _row(entry: Entry) -> Row:
    return {
        "revision": str(entry.revision),
        "time": entry.time,
        "what": f"{'  ' * entry.depth}{entry.type}",
        "who": entry.actor,
        "by": f"{entry.service} {entry.version}".strip(),
        "because of": entry.cause or entry.causation_id,
        "data": _brief(entry.data),
    }


def _brief(data: JsonValue) -> str:
    """Return the plain fields of an event; the stream says whose they are."""
    if not isinstance(data, dict):
        return _value(data)
    plain = {name: value for name, value in data.items() if not isinstance(value, dict | list)}
    return "  ".join(f"{name}={_value(value)}" for name, value in plain.items() if not name.endswith("_id"))


def _titled(place: Row) -> str:
    return "  ".join(f"{name} {value}" for name, value in place.items())


def _value(value: JsonValue) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _json(value: object) -> str:
    return orjson.dumps(value, option=_INDENTED).decode()


def _csv(rows: Sequence[Row]) -> str:
    written = StringIO()
    if rows:
        writer = csv.DictWriter(written, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return written.getvalue().removesuffix("\r\n")


def _harmless(value: object) -> object:
    """Keep what a user typed from becoming a formula in a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _table(rows: Sequence[Row]) -> str:
    printed = [{name: _printable(value) for name, value in row.items()} for row in rows]
    widths = {name: max(len(name), *(len(row[name]) for row in printed)) for name in printed[0]} if printed else {}
    lines = [{name: name for name in widths}, *printed]
    return "\n".join("  ".join(row[name].ljust(widths[name]) for name in widths).rstrip() for row in lines)


def _printable(value: str) -> str:
    """Keep what a user typed from steering the terminal, and lines from being too long."""
    shown = "".join(character if character.isprintable() else "�" for character in value)
    return shown if len(shown) <= _BRIEF else f"{shown[: _BRIEF - 1]}…"
