"""A result as a person reads it in a terminal."""

from rich.console import Console
from rich.table import Table

from analyzer.domain.result import Finding, Result

COLUMNS = (
    "finding",
    "type",
    "volume, ml",
    "diameters, mm",
    "centre, voxel",
    "slices",
    "mean HU",
    "confidence",
    "remarks",
)


def show(result: Result, console: Console) -> None:
    """Print what was analysed, the findings, metrics, warnings and what the result is not worth."""
    series = result.series.analysed
    spacing = " x ".join(f"{each:g}" for each in series.spacing_mm)
    _say(console, f"{series.modality or 'image'} {series.columns} x {series.rows} x {series.slices}, {spacing} mm")
    _say(console, f"strategy {result.provenance.strategy}, analyzer {result.provenance.analyzer_version}")
    if result.findings:
        console.print(_table(result))
    else:
        _say(console, "no findings")
    for metric in result.metrics:
        _say(console, f"{metric.name}: {metric.value:g}{'' if metric.unit == '1' else ' ' + metric.unit}")
    for warning in result.warnings:
        _say(console, f"{warning.code}: {warning.message}")
    _say(console, result.notice)


def _table(result: Result) -> Table:
    table = Table(*COLUMNS)
    for finding in result.findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: Finding) -> tuple[str, ...]:
    at = finding.location
    flags = {"truncated": finding.truncated, "lossy": finding.lossy, "gap": finding.gap}
    return (
        finding.id,
        finding.type if finding.source == "detected" else f"{finding.type}, {finding.source}",
        f"{finding.volume_ml:.3f}",
        f"{finding.long_axis_mm:.1f} x {finding.short_axis_mm:.1f}",
        f"{at.x}, {at.y}, {at.z}",
        f"{finding.slices.first}-{finding.slices.last}",
        "" if finding.hu is None else f"{finding.hu.mean:.0f}",
        "" if finding.confidence is None else f"{finding.confidence:.2f}",
        ", ".join(name for name, raised in flags.items() if raised),
    )


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)
