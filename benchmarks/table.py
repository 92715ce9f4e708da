"""The result table of the benchmarks: each row is measured side by side with its reference."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` is our rate divided by the reference's: above 1 ours is faster (or as `what` says)."""

    what: str
    ours: str
    reference: str
    ratio: float


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows as a Markdown table."""
    lines = ["| what | ours | reference | ratio |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.ours} | {row.reference} | {row.ratio:.2f} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
