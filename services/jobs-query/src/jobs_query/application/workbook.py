"""The result of a job as an Excel workbook: Summary, Findings, Metrics."""

# xlsxwriter ships no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import cast

import xlsxwriter
from pydantic import JsonValue
from xlsxwriter.worksheet import Worksheet

from jobs_query.application.jobs import ShownJob
from jobs_query.application.results import Results

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_CELL = 32_767
_WIDTH = 24
_OF_THE_JOB = ("id", "number", "title", "description", "status", "file_name", "created_at", "results_parsed_at")
_BESIDE_THE_SUMMARY = ("units", "warnings", "series", "files", "provenance", "notice")
Row = Mapping[str, JsonValue]


def workbook_name(job: ShownJob) -> str:
    """Return the name to save under: the uploaded file's, or the job's number."""
    name = cast("str | None", job.view["file_name"]) or f"job-{job.number}"
    return f"{name.rpartition('.')[0] or name}-results.xlsx"


def workbook(job: ShownJob, results: Results) -> bytes:
    """Write the workbook. Texts stay texts: one that begins like a formula is none."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        summary = book.add_worksheet("Summary")
        summary.set_column(0, 1, 2 * _WIDTH)
        for number, pair in enumerate(_summary(job, results)):
            _write_row(summary, number, pair)
        for name, key in (("Findings", "findings"), ("Metrics", "metrics")):
            _write_table(book.add_worksheet(name), _rows(results.get(key)))
    return buffer.getvalue()


def _summary(job: ShownJob, results: Results) -> Iterator[tuple[JsonValue, JsonValue]]:
    yield from ((name, job.view[name]) for name in _OF_THE_JOB)
    yield from _flat(results.get("summary"), "summary")
    for name in _BESIDE_THE_SUMMARY:
        yield from _flat(results.get(name), name)


def _rows(table: JsonValue) -> list[Row]:
    rows = table if isinstance(table, list) else []
    return [dict(_flat(row)) for row in rows]


def _write_table(sheet: Worksheet, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    sheet.set_column(0, max(0, len(columns) - 1), _WIDTH)
    sheet.freeze_panes(1, 0)
    _write_row(sheet, 0, columns)
    for number, row in enumerate(rows, 1):
        _write_row(sheet, number, [row.get(column) for column in columns])


def _write_row(sheet: Worksheet, number: int, cells: Sequence[JsonValue]) -> None:
    for column, cell in enumerate(cells):
        match cell:
            case None:
                pass
            case bool():
                sheet.write_boolean(number, column, cell)
            case int() | float():
                sheet.write_number(number, column, cell)
            case _:
                sheet.write_string(number, column, str(cell)[:_LONGEST_CELL])


def _flat(value: JsonValue, name: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield the single values inside, each under its path: `location.x`, `axes_mm.1`."""
    if isinstance(value, dict):
        parts: Iterator[tuple[str | int, JsonValue]] = iter(value.items())
    elif isinstance(value, list):
        parts = iter(enumerate(value, 1))
    else:
        yield name, value
        return
    for key, part in parts:
        yield from _flat(part, f"{name}.{key}" if name else str(key))
