"""The table that the benchmarks print: ratios measured side by side in one run."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` is ours to the reference, as a rate: above 1 ours is quicker (or as `what` says)."""

    what: str
    ours: str
    reference: str
    ratio: float


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows as a Markdown table."""
    lines = ["| what | ours | reference | ratio |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.ours} | {row.reference} | {row.ratio:.2f} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
