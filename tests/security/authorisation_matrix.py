"""The authorisation matrix: what each kind of caller is answered at each operation; read from a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.security.callers import KINDS

TABLE = Path(__file__).with_name("authorisation_matrix.txt")


@dataclass(frozen=True)
class Cell:
    """The answer to one kind of caller at one operation, for things of the owner's."""

    operation: str
    caller: str
    status: int
    reads: bool
    """Whether the answer holds what belongs to the owner."""
    changes: bool
    """Whether the caller may change the owner's things."""

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.operation.partition(" ")[0]

    @property
    def route(self) -> str:
        """The path with its parameters in braces."""
        return self.operation.partition(" ")[2]

    @property
    def documented_as(self) -> str:
        """The operation in the OpenAPI document: without the query."""
        return self.operation.partition("?")[0]


def read_matrix() -> Sequence[Cell]:
    """Return all cells of the table."""
    lines = [line.split() for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    header, *rows = lines
    assert header == ["operation", *KINDS], header
    return [
        Cell(f"{method} {route}", caller, int(cell.rstrip("+!")), "+" in cell, "!" in cell)
        for method, route, *cells in rows
        for caller, cell in zip(KINDS, cells, strict=True)
    ]
