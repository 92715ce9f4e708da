"""A result as text for a terminal of 80 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from analyzer.domain.result import Finding, Result
from analyzer.measurement.notice import notice_messages
from analyzer.messages import WARNINGS

HEADINGS = (
    "finding\ntype",
    "volume, ml\nmean HU",
    "diameters, mm\ncentre, voxel",
    "slices\nconfidence",
    "remarks",
)
"""Each column shows two values, one above the other, so that the table fits into 80 columns."""


def show(result: Result, console: Console) -> None:
    """Print the analysed series, the findings, metrics, warnings and the notice, in English."""
    series = result.series.analysed
    spacing = " x ".join(f"{length:g}" for length in series.spacing_mm)
    _print(console, f"{series.modality or 'image'} {series.columns} x {series.rows} x {series.slices}, {spacing} mm")
    _print(console, f"strategy {result.provenance.strategy}, analyzer {result.provenance.analyzer_version}")
    if result.findings:
        console.print(findings_table(result.findings))
    else:
        _print(console, "no findings")
    for metric in result.metrics:
        _print(console, f"{metric.name}: {metric.value:g}{'' if metric.unit == '1' else ' ' + metric.unit}")
    for warning in result.warnings:
        _print(console, f"{warning.code}: {WARNINGS[warning.code].en}")
    _print(console, " ".join(message.en for message in notice_messages(result.provenance.strategy)))


def findings_table(findings: Sequence[Finding]) -> Table:
    """Return a table with one row per finding."""
    table = Table(show_lines=True)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: Finding) -> tuple[str, ...]:
    centre = finding.location
    flags = {"truncated": finding.truncated, "lossy": finding.lossy, "gap": finding.gap}
    finding_type = finding.type if finding.source == "detected" else f"{finding.type}, {finding.source}"
    mean_hu = "" if finding.hu is None else f"{finding.hu.mean:.0f}"
    confidence = "" if finding.confidence is None else f"{finding.confidence:.2f}"
    return (
        f"{finding.id}\n{finding_type}",
        f"{finding.volume_ml:.3f}\n{mean_hu}",
        f"{finding.long_axis_mm:.1f} x {finding.short_axis_mm:.1f}\n{centre.x}, {centre.y}, {centre.z}",
        f"{finding.slices.first}-{finding.slices.last}\n{confidence}",
        "\n".join(name for name, is_set in flags.items() if is_set),
    )


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)
