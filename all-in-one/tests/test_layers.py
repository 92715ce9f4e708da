"""The import rules of the workspace bite: an import planted against each of them is found."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("package", "planted"),
    [
        ("storage", "import identity.service"),
        ("chassis", "import storage.service"),
        ("california_gold_contracts", "import chassis.ports.clock"),
        ("notifier", "import sqlite3"),
        ("jobs_query", "import aiokafka"),
        ("chassis", "import motor.motor_asyncio"),
        ("storage", "from kurrentdbclient import AsyncKurrentDBClient"),
        ("identity", "import chassis.adapters.sqlite.event_store"),
    ],
)
def test_a_planted_import_is_found(package: str, planted: str, tmp_path: Path) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / package)
    (tmp_path / package / "planted.py").write_text(planted, encoding="utf-8")

    linted = _lint(tmp_path)

    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert "BROKEN" in linted.stdout


def _lint(first_on_path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": str(first_on_path)}
    return subprocess.run(command, cwd=first_on_path, env=environment, capture_output=True, text=True, timeout=120)
