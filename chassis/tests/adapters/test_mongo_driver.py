"""The MongoDB driver can be replaced in one file (ADR 9)."""

import re
from pathlib import Path

import chassis

SOURCES = Path(chassis.__file__).parent
MONGO = SOURCES / "adapters" / "mongo"


def test_only_one_file_names_the_classes_of_a_driver() -> None:
    named = [
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if re.search(
            r"^\s*(import|from) motor\b|AsyncMongoClient|pymongo\.asynchronous", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert named == ["adapters/mongo/database.py"]


def test_no_call_differs_between_motor_and_the_async_driver_of_pymongo() -> None:
    used = [path.name for path in MONGO.glob("*.py") if re.search(r"\.aggregate\(|\.watch\(", path.read_text("utf-8"))]
    assert used == []
