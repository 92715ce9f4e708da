"""Plot of the volume error by size, and of Dice by confidence."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tools.evaluation.matching import Outcome

COLOURS = ("#1b6ca8", "#3a9d8f", "#e0a030", "#d1603d", "#8c2f5f")


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the plot of the found nodules, one colour per slice thickness."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for colour, slice_mm in zip(COLOURS, sorted({o.slice_mm for o in outcomes}), strict=False):
        found = [(o, o.match) for o in outcomes if o.match and o.slice_mm == slice_mm]
        style = {"s": 12, "alpha": 0.7, "color": colour, "label": f"{slice_mm:g} mm slices"}
        left.scatter([o.diameter_mm for o, _ in found], [match.volume_error_percent for _, match in found], **style)
        right.scatter([match.confidence for _, match in found], [match.dice for _, match in found], **style)
    left.axhspan(-25, 25, color="0.93", zorder=0)
    _label(left, "true diameter, mm", "volume error, %")
    _label(right, "confidence", "Dice with the truth")
    right.legend(fontsize=8)
    figure.savefig(path, dpi=80, metadata={"Software": None})


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(visible=True, color="0.85", linewidth=0.5)
