"""MongoDB's driver can be exchanged in one file (ADR 9)."""

import re
from pathlib import Path

import chassis

SOURCES = Path(chassis.__file__).parent
MONGO = SOURCES / "adapters" / "mongo"


def test_one_file_names_the_driver() -> None:
    named = [
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if re.search(r"^\s*(import|from) motor\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert named == ["adapters/mongo/database.py"]


def test_nothing_is_used_that_the_next_driver_does_otherwise() -> None:
    used = [path.name for path in MONGO.glob("*.py") if re.search(r"\.aggregate\(|\.watch\(", path.read_text("utf-8"))]
    assert used == []
