"""The import rules of the workspace bite: an import planted against each of them is found."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST_FILE_LINES = 300


@pytest.mark.parametrize(
    ("folder", "planted"),
    [
        ("storage", "import identity.service"),
        ("chassis", "import storage.service"),
        ("california_gold_contracts", "import chassis.ports.clock"),
        ("notifier", "import sqlite3"),
        ("jobs_query", "import aiokafka"),
        ("chassis", "import motor.motor_asyncio"),
        ("chassis/http", "import opentelemetry.sdk.trace"),
        ("chassis/tracing", "import chassis.runtime.logging"),
        ("storage", "from kurrentdbclient import AsyncKurrentDBClient"),
        ("identity", "import chassis.adapters.sqlite.event_store"),
        ("analyzer", "import testkit.images.phantom"),
        ("california_gold", "import tools.generate"),
        ("chassis/ports", "import chassis.runtime.logging"),
        ("chassis/adapters", "import chassis.http.app"),
        ("chassis/messaging", "import chassis.projections.projector"),
        ("chassis/http", "import chassis.audit.chain"),
        ("chassis/audit", "import chassis.operations.parked_events"),
        ("jobs_command/domain", "import jobs_command.application.jobs"),
        ("jobs_query/application", "import jobs_query.entrypoints.schemas"),
        ("identity/entrypoints", "import identity.service"),
        ("analyzer/detection", "import analyzer.pipeline"),
        ("notifier/application", "import fastapi"),
        ("storage/domain", "import asyncio"),
        ("identity/domain", "import chassis.ports.clock"),
    ],
)
def test_a_planted_import_is_found(folder: str, planted: str, tmp_path: Path) -> None:
    package = folder.partition("/")[0]
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / package)
    (tmp_path / folder / "planted.py").write_text(planted, encoding="utf-8")

    linted = _lint(tmp_path)

    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert "planted" in linted.stdout.partition("Broken contracts")[2]


def test_no_source_file_has_300_lines_or_more() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = {
        name: (ROOT / name).read_bytes().count(b"\n") for name in listed.stdout.splitlines() if (ROOT / name).exists()
    }

    assert len(lines) > 100
    assert {name: count for name, count in lines.items() if count >= LARGEST_FILE_LINES} == {}


def _lint(first_on_path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": f"{first_on_path}{os.pathsep}{ROOT}"}
    return subprocess.run(command, cwd=first_on_path, env=environment, capture_output=True, text=True, timeout=120)
