"""The result of a job as an Excel workbook: Summary, Findings, Metrics."""

# xlsxwriter ships no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import cast

import xlsxwriter
from pydantic import JsonValue
from xlsxwriter.worksheet import Worksheet

from jobs_query.application.jobs import JobDocument
from jobs_query.application.results import Results

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAX_CELL_LENGTH = 32_767
_WIDTH = 24
_JOB_FIELDS = ("id", "number", "title", "description", "status", "file_name", "created_at", "results_parsed_at")
_OTHER_RESULT_FIELDS = ("units", "warnings", "series", "files", "provenance", "notice")
Row = Mapping[str, JsonValue]


def workbook_name(job: JobDocument) -> str:
    """Return the file name of the workbook, from the uploaded file's name or the job's number."""
    name = cast("str | None", job.view["file_name"]) or f"job-{job.number}"
    return f"{name.rpartition('.')[0] or name}-results.xlsx"


def workbook(job: JobDocument, results: Results) -> bytes:
    """Return the workbook. Text is written as text, never as a formula."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        summary = book.add_worksheet("Summary")
        summary.set_column(0, 1, 2 * _WIDTH)
        for number, pair in enumerate(_summary(job, results)):
            _write_row(summary, number, pair)
        for name, key in (("Findings", "findings"), ("Metrics", "metrics")):
            _write_table(book.add_worksheet(name), _rows(results.get(key)))
    return buffer.getvalue()


def _summary(job: JobDocument, results: Results) -> Iterator[tuple[JsonValue, JsonValue]]:
    yield from ((name, job.view[name]) for name in _JOB_FIELDS)
    yield from _flattened(results.get("summary"), "summary")
    for name in _OTHER_RESULT_FIELDS:
        yield from _flattened(results.get(name), name)


def _rows(table: JsonValue) -> list[Row]:
    rows = table if isinstance(table, list) else []
    return [dict(_flattened(row)) for row in rows]


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
                sheet.write_string(number, column, str(cell)[:_MAX_CELL_LENGTH])


def _flattened(value: JsonValue, name: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield the scalar values in a JSON value with their paths: `location.x`, `axes_mm.1`."""
    if isinstance(value, dict):
        members: Iterator[tuple[str | int, JsonValue]] = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value, 1))
    else:
        yield name, value
        return
    for key, member in members:
        yield from _flattened(member, f"{name}.{key}" if name else str(key))
