"""The table of findings in a terminal of 80 columns."""

from io import StringIO

import pytest
from rich.console import Console

from analyzer.domain.result import (
    BoundingBox,
    ConfidenceParts,
    Finding,
    Hounsfield,
    Position,
    SliceRange,
    VoxelIndex,
)
from analyzer.entrypoints.result_table import HEADINGS, findings_table

CORNER, ORIGIN = VoxelIndex(x=1023, y=1022, z=1021), VoxelIndex(x=0, y=0, z=0)
FINDING = Finding(
    id="finding-1000",
    type="structure",
    source="supplied",
    volume=12_345_678.9,
    volume_mm3=12_345_678.9,
    volume_ml=12_345.6789,
    confidence=0.85,
    confidence_parts=ConfidenceParts(score=0.9, stability=0.9),
    location=CORNER,
    location_voxel=Position(x=1023, y=1022, z=1021),
    location_lps_mm=Position(x=0, y=0, z=0),
    bounding_box_voxel=BoundingBox(min=ORIGIN, max=CORNER),
    slices=SliceRange(first=1000, last=1021),
    long_axis_mm=1234.5,
    short_axis_mm=678.9,
    axes_mm=(3, 2, 1),
    hu=Hounsfield(mean=-1023.4, sd=1, min=-1024, max=3000),
    truncated=True,
    lossy=True,
    gap=True,
)
VALUES = (
    *("finding-1000", "structure, supplied", "12345.679", "-1023", "1234.5 x 678.9", "1023, 1022, 1021"),
    *("1000-1021", "0.85", "truncated", "lossy", "gap"),
)


@pytest.fixture
def printed() -> str:
    console = Console(file=StringIO(), width=80)
    console.print(findings_table([FINDING]))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_every_heading_and_value_is_complete(printed: str) -> None:
    headings = [heading for column in HEADINGS for heading in column.split("\n")]
    assert [text for text in (*headings, *VALUES) if text not in printed] == []
    assert "…" not in printed


def test_the_table_fits_into_80_columns(printed: str) -> None:
    assert max(map(len, printed.splitlines())) <= 80
