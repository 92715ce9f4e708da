"""Free-response ROC curve, and agreement of volumes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.evaluation.matching import ScanOutcome
from tools.evaluation.real_scans import RealOutcome
from tools.evaluation.real_sections import hits_of

Curve = tuple[Sequence[float], Sequence[float]]
AGREEMENT = 1.96
"""Limits of agreement: mean difference +- 1.96 standard deviations (Bland and Altman, 1986)."""


def free_response(found: Sequence[float], count: int, false: Sequence[float], scans: int) -> Curve:
    """Return false findings a scan and sensitivity, for every cut of the confidence from high to low.

    Args:
        found: confidence of the finding of each nodule that was found.
        count: number of nodules.
        false: confidence of each false finding.
        scans: number of scans that the false ones were counted in.
    """
    cuts = sorted({*found, *false}, reverse=True)
    a_scan = [sum(c >= cut for c in false) / scans for cut in cuts]
    return [0.0, *a_scan], [0.0, *(sum(c >= cut for c in found) / count for cut in cuts)]


def phantom_curve(scans: Sequence[ScanOutcome]) -> Curve:
    """Return the curve of scans with made nodules, of those above the size limit."""
    outcomes = [o for scan in scans for o in scan.outcomes if o.above_limit]
    found = [o.match.confidence for o in outcomes if o.match]
    return free_response(found, len(outcomes), [c for scan in scans for c in scan.false_confidences], len(scans))


def real_curve(outcomes: Sequence[RealOutcome]) -> Curve:
    """Return the curve of real scans; only those with exhaustive truth count false findings."""
    pairs, judged = hits_of(outcomes), [o for o in outcomes if o.truth.exhaustive]
    found = [hit.confidence for _, hit in pairs if hit]
    return free_response(found, len(pairs), [c for o in judged for c in o.other], max(len(judged), 1))


def draw_free_response(curves: Mapping[str, Curve], path: Path) -> None:
    """Plot the curves, by name."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    plot = figure.subplots()
    for name, (false, sensitivity) in curves.items():
        plot.plot(false, sensitivity, drawstyle="steps-post", marker=".", label=name)
    plot.set(xlabel="false findings a scan", ylabel="sensitivity", ylim=(0, 1.02))
    plot.grid(visible=True, color="0.85", linewidth=0.5)
    plot.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=80, metadata={"Software": None})


def draw_agreement(volumes: Mapping[str, Sequence[tuple[float, float]]], path: Path) -> None:
    """Plot the difference of measured and true volumes (mm³), in per cent of their mean, against their mean."""
    figure = Figure(figsize=(4.2 * len(volumes), 4), layout="constrained")
    for plot, (name, pairs) in zip(np.atleast_1d(figure.subplots(1, len(volumes))), volumes.items(), strict=True):
        mean, difference = agreement(pairs)
        plot.scatter(mean, difference, s=12, alpha=0.7)
        bias, reach = float(difference.mean()), AGREEMENT * float(difference.std(ddof=1))
        for level, style in ((bias, "-"), (bias - reach, "--"), (bias + reach, "--")):
            plot.axhline(level, color="0.4", linestyle=style, linewidth=1)
        plot.set(title=f"{name}: {bias:+.0f} ± {reach:.0f} %", xscale="log")
        plot.set(xlabel="mean of both volumes, mm³", ylabel="measured - true, % of the mean")
        plot.grid(visible=True, color="0.85", linewidth=0.5)
    figure.savefig(path, dpi=80, metadata={"Software": None})


def agreement(pairs: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and difference (per cent of the mean) of pairs of measured and true volumes."""
    measured, true = np.array(pairs, dtype=np.float64).T
    mean = (measured + true) / 2
    return mean, 100 * (measured - true) / mean
