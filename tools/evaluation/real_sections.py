"""Sections about real scans with the truth of readers."""

from collections.abc import Sequence

import numpy as np

from tools.evaluation.intervals import share_with_interval
from tools.evaluation.real_scans import Hit, ReadNodule, RealOutcome
from tools.evaluation.tables import table

SIZES_MM = ((3, 6), (6, 10), (10, 20), (20, 40))
READERS_SCATTER_PERCENT = 24
"""Standard deviation of the readers' volumes about their median, as the data's README gives it."""


def real_scan_section(outcomes: Sequence[RealOutcome]) -> str:
    """Return tables of scans and of sizes, and a sentence about volumes."""
    if not outcomes:
        return "Not measured: the scans are not beside the project."
    pairs = hits_of(outcomes)
    judged = [o for o in outcomes if o.truth.exhaustive]
    false = sum(len(o.other) for o in judged)
    errors = [100 * (hit.volume_mm3 / nodule.volume_mm3 - 1) for nodule, hit in pairs if hit]
    centres = [hit.centre_error_mm for _, hit in pairs if hit]
    return "\n\n".join(
        [
            table(
                ["scan", "positives found", "false findings", "at marks that count neither way"], [*map(_row, outcomes)]
            ),
            table(
                ["diameter", "found (share; 95 % interval)"],
                [[f"{low}-{high} mm", _found(pairs, low, high)] for low, high in SIZES_MM] + [["all", _found(pairs)]],
            ),
            f"{false} false findings in {len(judged)} scans whose truth is exhaustive. Centres are off by "
            f"{np.median(centres):.1f} mm (median), volumes by {np.median(errors):+.0f} % "
            f"(median; {min(errors):+.0f} to {max(errors):+.0f} %), "
            f"where readers scatter by {READERS_SCATTER_PERCENT} % themselves.",
        ]
    )


def hits_of(outcomes: Sequence[RealOutcome]) -> list[tuple[ReadNodule, Hit | None]]:
    """Return every positive with its finding."""
    return [pair for o in outcomes for pair in zip(o.positives, o.hits, strict=True)]


def _row(outcome: RealOutcome) -> list[str]:
    found = sum(hit is not None for hit in outcome.hits)
    other = str(len(outcome.other)) if outcome.truth.exhaustive else f"{len(outcome.other)} unjudged"
    return [outcome.truth.name, f"{found} / {len(outcome.hits)}", other, str(outcome.irrelevant)]


def _found(pairs: Sequence[tuple[ReadNodule, Hit | None]], low: float = 0, high: float = np.inf) -> str:
    size = [hit for nodule, hit in pairs if low <= nodule.diameter_mm < high]
    return share_with_interval(sum(hit is not None for hit in size), len(size)) or "no nodule of this size"
