"""Outcomes as Markdown tables."""

from collections.abc import Callable, Sequence

import numpy as np

from tools.evaluation.intervals import share_with_interval
from tools.evaluation.matching import Match, Outcome, ScanOutcome

SIZES_MM = ((4, 6), (6, 8), (8, 10), (10, 15), (15, 25))
CONFIDENCES = ((0.0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01))


def matches(outcomes: Sequence[Outcome]) -> list[Match]:
    """Return the matches of the found nodules."""
    return [outcome.match for outcome in outcomes if outcome.match]


def sensitivity(outcomes: Sequence[Outcome]) -> str:
    """Return the table of sensitivity above the size limit, by diameter and slice thickness."""
    slices = sorted({outcome.slice_mm for outcome in outcomes})
    head = ["diameter", *(f"{mm:g} mm slices" for mm in slices), "all"]
    rows: list[list[str]] = []
    for low, high in SIZES_MM:
        size = [o for o in outcomes if low <= o.diameter_mm < high and o.above_limit]
        if size:
            rows.append(
                [f"{low}-{high} mm", *(_count([o for o in size if o.slice_mm == mm]) for mm in slices), _found(size)]
            )
    return table(head, rows)


def sensitivity_by(outcomes: Sequence[Outcome], name: str, key: Callable[[Outcome], float]) -> str:
    """Return the table of sensitivity above the size limit, by the value of `key`."""
    counted = [o for o in outcomes if o.above_limit]
    rows = [[f"{value:g}", _found([o for o in counted if key(o) == value])] for value in sorted(set(map(key, counted)))]
    return table([name, "found"], rows)


def errors(outcomes: Sequence[Outcome]) -> str:
    """Return the table of centre error, volume error and Dice of found nodules, by diameter."""
    head = ["diameter", "found", "centre error, mm: median, most", "volume error, %: median, 5th to 95th percentile"]
    rows: list[list[str]] = []
    for low, high in SIZES_MM:
        found = matches([o for o in outcomes if low <= o.diameter_mm < high])
        if found:
            centre = [match.centre_error_mm for match in found]
            volume = np.array([match.volume_error_percent for match in found])
            p5, p50, p95 = np.percentile(volume, [5, 50, 95])
            rows.append(
                [
                    f"{low}-{high} mm",
                    str(len(found)),
                    f"{np.median(centre):.2f}, {max(centre):.2f}",
                    f"{p50:+.0f}, {p5:+.0f} to {p95:+.0f}",
                    f"{np.median([match.dice for match in found]):.3f}",
                ]
            )
    return table([*head, "Dice, median"], rows)


def calibration(outcomes: Sequence[Outcome]) -> str:
    """Return the table of Dice and volume error by confidence."""
    rows: list[list[str]] = []
    for low, high in CONFIDENCES:
        band = [match for match in matches(outcomes) if low <= match.confidence < high]
        if band:
            worst = float(np.percentile([abs(match.volume_error_percent) for match in band], 90))
            dice = float(np.mean([match.dice for match in band]))
            rows.append([f"{low:.1f}-{min(high, 1):.1f}", str(len(band)), f"{dice:.3f}", f"{worst:.0f}"])
    return table(["confidence", "findings", "Dice, mean", "volume error, %: 90th percentile"], rows)


def median_confidence(outcomes: Sequence[Outcome]) -> str:
    """Return the table of median confidence by diameter and slice thickness."""
    slices = sorted({outcome.slice_mm for outcome in outcomes})
    rows: list[list[str]] = []
    for low, high in SIZES_MM:
        size = [o for o in outcomes if low <= o.diameter_mm < high]
        cells = [[match.confidence for match in matches([o for o in size if o.slice_mm == mm])] for mm in slices]
        rows.append([f"{low}-{high} mm", *(f"{np.median(cell):.2f}" if cell else "" for cell in cells)])
    return table(["diameter", *(f"{mm:g} mm slices" for mm in slices)], rows)


def false_findings(scans: Sequence[ScanOutcome]) -> str:
    """Return the number of false positive findings as a sentence."""
    counts = [scan.false_findings for scan in scans]
    total = sum(counts)
    return (
        f"{total} false findings in {len(scans)} scans ({total / len(scans):.2f} a scan, at most {max(counts)} in one)."
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _count(outcomes: Sequence[Outcome]) -> str:
    return f"{len(matches(outcomes))} / {len(outcomes)}" if outcomes else ""


def _found(outcomes: Sequence[Outcome]) -> str:
    return share_with_interval(len(matches(outcomes)), len(outcomes))
