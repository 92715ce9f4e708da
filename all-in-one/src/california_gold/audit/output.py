"""Formatting of the audit's output: a table for people, JSON or CSV for programs."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

import orjson
from pydantic import JsonValue

from california_gold.cli.output_format import OutputFormat
from chassis.audit.history import HistoryEntry
from chassis.projections.differences import Difference, differences
from chassis.security_log.entry import SecurityEntry

_INDENTED = orjson.OPT_INDENT_2
_MAX_CELL_WIDTH = 80
_FORMULA = re.compile(
    r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[\s\"'\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])"
)
"""Where a spreadsheet may find a formula, in full width or small forms too (OWASP, "CSV Injection").

Blanks and quotes before it do not count. Semicolons and tabs separate cells where a spreadsheet's language has them so.
"""
_ENTRY_COLUMNS = ("time", "action", "user_id", "subject", "reason", "address", "name_hash", "count")
Row = Mapping[str, Any]


def history_text(entries: Sequence[HistoryEntry], output: OutputFormat) -> str:
    """Format a history; in a table, events are indented under the events that caused them."""
    if output is OutputFormat.JSON:
        return _json([asdict(entry) for entry in entries])
    if output is OutputFormat.CSV:
        return _csv([{**asdict(entry), "data": orjson.dumps(entry.data).decode()} for entry in entries])
    return _table([_row(entry) for entry in entries])


def entries_text(entries: Sequence[SecurityEntry], output: OutputFormat) -> str:
    """Format entries of the security log."""
    rows = [{**asdict(entry), "time": entry.time.isoformat()} for entry in entries]
    if output is OutputFormat.JSON:
        return _json(rows)
    if output is OutputFormat.CSV:
        return _csv(rows)
    if not rows:
        return "no entries"
    return _table([{name: _value(row[name]) for name in _ENTRY_COLUMNS} for row in rows])


def state_text(state: JsonValue, title: Row, output: OutputFormat) -> str:
    """Format a state; `title` has the stream, the revision and the time."""
    if output is OutputFormat.JSON:
        return _json({**title, "state": state})
    rows = [{"field": path, "value": _value(value)} for path, value in fields(state)]
    return _csv(rows) if output is OutputFormat.CSV else f"{_title_line(title)}\n{_table(rows)}"


def difference_text(found: Iterable[Difference], title: Row, output: OutputFormat) -> str:
    """Format the differences between two states; `title` has the stream, the revisions and the times."""
    if output is OutputFormat.JSON:
        return _json({**title, "differences": [asdict(difference) for difference in found]})
    rows = [
        {"field": difference.path, "before": _value(difference.before), "after": _value(difference.after)}
        for difference in found
    ]
    if output is OutputFormat.CSV:
        return _csv(rows)
    return f"{_title_line(title)}\n{_table(rows) if rows else 'no differences'}"


def fields(state: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield the path and value of every field of a state that is not null."""
    for difference in differences({}, state):
        if isinstance(difference.after, dict):
            yield from ((f"{difference.path}.{path}", value) for path, value in fields(difference.after))
        else:
            yield difference.path, difference.after


def _row(entry: HistoryEntry) -> Row:
    return {
        "revision": str(entry.revision),
        "time": entry.time,
        "event": f"{'  ' * entry.depth}{entry.type}",
        "actor": entry.actor,
        "service": f"{entry.service} {entry.version}".strip(),
        "caused by": entry.cause or entry.causation_id,
        "data": _scalar_fields(entry.data),
    }


def _scalar_fields(data: JsonValue) -> str:
    """Return the scalar fields of an event, without ids, which the stream name shows."""
    if not isinstance(data, dict):
        return _value(data)
    scalars = {name: value for name, value in data.items() if not isinstance(value, dict | list)}
    return "  ".join(f"{name}={_value(value)}" for name, value in scalars.items() if not name.endswith("_id"))


def _title_line(title: Row) -> str:
    return "  ".join(f"{name} {value}" for name, value in title.items())


def _value(value: JsonValue) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _json(value: object) -> str:
    return orjson.dumps(value, option=_INDENTED).decode()


def _csv(rows: Sequence[Row]) -> str:
    written = StringIO()
    if rows:
        writer = csv.DictWriter(written, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: _escape_formula(value) for name, value in row.items()} for row in rows)
    return written.getvalue().removesuffix("\r\n")


def _escape_formula(value: object) -> object:
    """Prevent CSV injection: text from users must not become a formula in a spreadsheet."""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def _table(rows: Sequence[Row]) -> str:
    printed = [{name: _printable(value) for name, value in row.items()} for row in rows]
    widths = {name: max(len(name), *(len(row[name]) for row in printed)) for name in printed[0]} if printed else {}
    lines = [{name: name for name in widths}, *printed]
    return "\n".join("  ".join(row[name].ljust(widths[name]) for name in widths).rstrip() for row in lines)


def _printable(value: str) -> str:
    """Replace control characters, which could steer the terminal, and shorten long values."""
    text = "".join(character if character.isprintable() else "�" for character in value)
    return text if len(text) <= _MAX_CELL_WIDTH else f"{text[: _MAX_CELL_WIDTH - 1]}…"
