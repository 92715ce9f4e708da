"""The output formats of the audit."""

from enum import StrEnum


class OutputFormat(StrEnum):
    """A table for people, JSON or CSV for programs."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
