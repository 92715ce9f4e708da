"""`california-gold doctor` on a data folder: each check is well on a whole installation, and names what is wrong."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from testkit.doctored import Checked, Run, doctor, install
from testkit.lacking_kernel import LANDLOCK_CREATE_RULESET, without_system_call

PROGRAM = str(Path(sys.executable).with_name("california-gold"))
SECRET = "hunter2-of-a-connection-string"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a whole installation, whose product does not run."""
    monkeypatch.setenv("CALIFORNIA_GOLD_PORT", "1")
    asyncio.run(install(tmp_path / "data"))
    return tmp_path / "data"


def sql(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def is_ill(run: Run, check: str, state: str = "wrong") -> Checked:
    """Return the line of the only check that is not well."""
    code, lines = doctor(run)
    others = {name: line for name, line in lines.items() if line.state in {"wrong", "warning"} and name != check}
    assert (code, lines[check].state, others) == (int(state == "wrong"), state, {})
    assert lines[check].advice
    return lines[check]


def test_a_whole_installation_is_well(run: Run, data: Path) -> None:
    code, lines = doctor(run)
    not_applicable = {name for name, line in lines.items() if line.state == "not applicable"}
    assert (code, not_applicable) == (0, {"certificates", "server", "work-folder"})
    assert {line.state for line in lines.values()} == {"well", "not applicable"}


def test_an_installation_that_was_never_started_is_well(run: Run, tmp_path: Path) -> None:
    code, lines = doctor(run)
    assert code == 0
    assert {name for name, line in lines.items() if line.state == "well"} == {
        *("settings", "versions", "disk", "clock", "cage", "analyzer")
    }
    assert list(tmp_path.iterdir()) == []


def test_each_check_is_one_line_with_what_to_do(run: Run, data: Path) -> None:
    (data / "events.db").write_bytes(b"no database" * 1000)
    code, printed = run("doctor")
    _, lines = doctor(run)
    assert code == 1
    assert [line.split()[0] for line in printed.splitlines()] == list(lines)
    (events,) = [line for line in printed.splitlines() if line.startswith("events ")]
    assert "wrong" in events
    assert f"{data}/events.db: file is not a database" in events
    assert "→ see its owner and mode; restore" in events


def test_an_unknown_option_is_a_wrong_command_line(run: Run) -> None:
    assert run("doctor", "--mend")[0] == 2


def test_settings_that_cannot_be_read_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_PROT", SECRET)
    monkeypatch.setenv("CALIFORNIA_GOLD_MAX_CONNECTIONS", SECRET)
    found = is_ill(run, "settings")
    assert "CALIFORNIA_GOLD_PROT: there is no such setting" in found.seen
    assert "CALIFORNIA_GOLD_MAX_CONNECTIONS: " in found.seen
    assert SECRET not in str(found)


def test_a_package_of_another_version_than_required_is_named(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "packages" / "typer-0.1.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: typer\nVersion: 0.1.0\n")
    monkeypatch.setattr(sys, "path", [str(other.parent), *sys.path])
    assert "typer>=0.15; 0.1.0 is installed" in is_ill(run, "versions").seen


def test_a_data_folder_of_something_else_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / "photos").mkdir(parents=True)
    assert "holds 'photos' and no data of this product" in is_ill(run, "data-folder").seen


def test_a_file_in_place_of_the_data_folder_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    _, lines = doctor(run)
    assert lines["data-folder"].state == "wrong"
    assert f"{tmp_path / 'data'} is no folder" in lines["data-folder"].seen


def test_a_data_folder_that_others_may_enter_is_a_warning(run: Run, data: Path) -> None:
    data.chmod(0o755)
    assert is_ill(run, "data-folder", "warning").advice == f"chmod 700 {data}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_that_a_command_of_another_user_left_is_named(run: Run, data: Path) -> None:
    os.chown(data / "documents.db", 12345, -1)
    assert f"{data}/documents.db belongs to user 12345" in is_ill(run, "data-folder").seen


@pytest.mark.parametrize(("share", "state"), [(2, "wrong"), (0.75, "warning")])
def test_a_disk_that_fills_up_is_named(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, share: float, state: str
) -> None:
    free = shutil.disk_usage(data).free
    monkeypatch.setenv("CALIFORNIA_GOLD_MIN_FREE_BYTES", str(int(free * share)))
    assert "CALIFORNIA_GOLD_MIN_FREE_BYTES" in is_ill(run, "disk", state).seen


def test_a_clock_that_was_set_back_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_PORT", "1")
    asyncio.run(install(tmp_path / "data", at=datetime.now(UTC) + timedelta(hours=1)))
    assert "the newest event is of" in is_ill(run, "clock").seen


def _damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


FAULTS: list[tuple[str, str, Callable[[Path], object], str]] = [
    ("events", "wrong", lambda data: sql(data / "events.db", "DROP TRIGGER events_stay"), "lacks events_stay"),
    ("keys", "wrong", lambda data: (data / "keys.db").chmod(0o644), "can be read by other users"),
    ("keys", "wrong", lambda data: (data / "keys.db").write_bytes(b"x" * 9000), "file is not a database"),
    ("keys", "wrong", lambda data: sql(data / "keys.db", "DELETE FROM keys"), "lacks the key"),
    ("keys", "wrong", lambda data: (data / "keys.db").unlink(), "is missing"),
    (
        "objects",
        "wrong",
        lambda data: next((data / "objects").rglob("blobs/*/*")).unlink(),
        "missing or has",
    ),
    ("objects", "wrong", lambda data: (data / "objects" / "index.db").unlink(), "is missing"),
    ("topics", "wrong", lambda data: (data / "messages.db").write_bytes(b"x" * 9000), "file is not a database"),
    ("topics", "wrong", lambda data: (data / "messages.db-wal").write_bytes(b"x"), "without messages.db-shm"),
    (
        "indexes",
        "warning",
        lambda data: sql(data / "documents.db", 'DROP INDEX "parked by group, order"'),
        "parked: group, order",
    ),
]


@pytest.mark.parametrize(("check", "state", "fault", "seen"), FAULTS)
def test_a_fault_of_a_store_is_named(
    run: Run, data: Path, check: str, state: str, fault: Callable[[Path], object], seen: str
) -> None:
    fault(data)
    assert seen in is_ill(run, check, state).seen


@pytest.mark.parametrize(("check", "name"), [("events", "events.db"), ("documents", "documents.db")])
def test_a_damaged_database_is_named_and_does_not_hide_the_other_checks(
    run: Run, data: Path, check: str, name: str
) -> None:
    _damage(data / name)
    _, lines = doctor(run)
    assert lines[check].state == "wrong"
    assert str(data / name) in lines[check].seen
    assert lines["topics"].state == "well"


def test_a_kernel_without_a_part_of_the_cage_is_a_warning_or_wrong_where_it_is_required(data: Path) -> None:
    for required, code, state in (("false", 0, "warning"), ("true", 1, "wrong")):
        command = without_system_call(LANDLOCK_CREATE_RULESET, PROGRAM, "doctor")
        environment = {**os.environ, "CALIFORNIA_GOLD_ANALYZER_REQUIRE_CAGE": required}
        done = subprocess.run(command, env=environment, cwd=data.parent, capture_output=True, text=True, check=False)
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("cage ")]
        assert (done.returncode, line.split()[1]) == (code, state), done.stderr
        assert "this kernel has no Landlock" in line


def test_a_model_that_cannot_be_read_is_named(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_ANALYZER_MODEL", str(data / "model.json"))
    assert f"{data}/model.json: No such file" in is_ill(run, "analyzer").seen


def test_analyses_that_do_not_fit_into_the_memory_are_a_warning(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_ANALYZER_PARALLEL", "2")
    monkeypatch.setenv("CALIFORNIA_GOLD_ANALYZER_MEMORY_BYTES", str(1 << 50))
    assert "1 analyses fit" in is_ill(run, "analyzer", "warning").seen


def test_a_work_folder_is_well_unless_it_holds_something_else(run: Run, data: Path) -> None:
    (data / "work" / "california-gold-analysis-1").mkdir(parents=True)
    assert doctor(run)[1]["work-folder"].state == "well"
    (data / "work" / "photos").mkdir()
    assert "holds 'photos'" in is_ill(run, "work-folder").seen


def test_a_file_in_place_of_the_work_folder_is_named(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").write_text("a file")
    for folder in (tmp_path / "work", tmp_path / "work" / "below"):
        monkeypatch.setenv("CALIFORNIA_GOLD_WORK_DIR", str(folder))
        assert str(folder) in is_ill(run, "work-folder").seen
