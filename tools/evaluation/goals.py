"""Acceptance criteria of the detector, and the measured values."""

from collections.abc import Sequence

import numpy as np

from tools.evaluation.matching import Outcome, ScanOutcome
from tools.evaluation.tables import matches, table

SOLID_CONTRAST_HU = 750.0
"""Minimum contrast of a solid nodule: at least -100 HU in the phantom's lung of -850 HU."""
LARGE_MM3 = 1000.0
THIN_MM = 2.5


def goals(scans: Sequence[ScanOutcome]) -> str:
    """Return the table of criteria and measured values, over solid nodules above the size limit."""
    outcomes = [o for scan in scans for o in scan.outcomes if o.above_limit and o.contrast_hu >= SOLID_CONTRAST_HU]
    thin = [o for o in outcomes if o.diameter_mm >= 6 and o.slice_mm <= THIN_MM]
    others = [o for o in outcomes if o not in thin]
    rows = [
        ["found, >= 6 mm at slices up to 2.5 mm", "all", _share(thin)],
        ["found, all others above the size limit", ">= 95 %", _share(others)],
        ["false findings a scan", "<= 1", f"{np.mean([scan.false_findings for scan in scans]):.2f}"],
        ["centre error, most", "<= 2 mm", f"{max(match.centre_error_mm for match in matches(outcomes)):.2f} mm"],
        ["volume within 15 %, from 1 ml", "all", _volumes([o for o in outcomes if _volume(o) >= LARGE_MM3], 15)],
        ["volume within 25 %, below 1 ml", "all", _volumes([o for o in outcomes if _volume(o) < LARGE_MM3], 25)],
    ]
    return table(["figure, solid nodules", "to reach", "measured"], rows)


def _volume(outcome: Outcome) -> float:
    return np.pi / 6 * outcome.diameter_mm**3


def _share(outcomes: Sequence[Outcome]) -> str:
    found = len(matches(outcomes))
    return f"{found} / {len(outcomes)} ({100 * found / len(outcomes):.1f} %)"


def _volumes(outcomes: Sequence[Outcome], percent: float) -> str:
    found = matches(outcomes)
    good = sum(abs(match.volume_error_percent) <= percent for match in found)
    return f"{good} / {len(found)} ({100 * good / len(found):.1f} %)"
