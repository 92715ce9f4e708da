"""Archives that the standard library refuses are read."""

from pathlib import Path

import pytest

from analyzer.reading.archive import list_members
from analyzer.reading.inflation import InflationBudget
from analyzer.reading.limits import ReadingLimits
from testkit.zip_archives import UNUSUAL_FOR_ZIPFILE


@pytest.mark.parametrize("name", [name for name in UNUSUAL_FOR_ZIPFILE if "files" not in name])
def test_an_unusual_archive_is_read(name: str, tmp_path: Path) -> None:
    content, files = UNUSUAL_FOR_ZIPFILE[name]
    path = tmp_path / "archive.zip"
    path.write_bytes(content)

    assert len(list_members(path, ReadingLimits(), InflationBudget())) == files
