"""`california-gold backup` and `restore`: what they refuse, what they prove, and where they go on."""

import asyncio
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from chassis.composition.backup_manifest import read_manifest
from chassis.composition.embedded_backup import back_up
from chassis.composition.embedded_inspection import DATABASES
from chassis.composition.embedded_restore import copy_backup, restored_folder
from chassis.ports.clock import SystemClock
from testkit.doctored import Run, install
from testkit.eventually import eventually

PROGRAM = str(Path(sys.executable).with_name("california-gold"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose product does not run."""
    asyncio.run(install(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def backup(run: Run, data: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    code, printed = run("backup", "backup")
    assert (code, "the backup has 1 events of 1 streams" in printed) == (0, True), printed
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder that does not exist, which the command's settings name."""
    monkeypatch.setenv("CALIFORNIA_GOLD_DATA_DIR", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


def content(folder: Path) -> Mapping[str, object]:
    """Return every row of every database, and the bytes of every blob."""
    found: dict[str, object] = {}
    for name in DATABASES:
        with closing(sqlite3.connect(folder / name)) as connection:
            found[str(name)] = list(connection.iterdump())
    blobs = {path.name: path.read_bytes() for path in (folder / "objects" / "blobs").rglob("*") if path.is_file()}
    return {**found, "blobs": blobs}


def files(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def interrupt(_: int) -> None:
    raise KeyboardInterrupt


def test_what_is_restored_is_what_was_there(run: Run, data: Path, backup: Path, elsewhere: Path) -> None:
    code, printed = run("restore", str(backup))
    assert (code, f"{elsewhere} has 1 events of 1 streams" in printed) == (0, True), printed
    assert content(elsewhere) == content(data)
    assert run("audit", "verify", "--all")[0] == 0


def test_only_the_owner_can_read_a_backup_and_what_is_restored(run: Run, backup: Path, elsewhere: Path) -> None:
    run("restore", str(backup))
    for folder in (backup, elsewhere):
        for path in (folder, *(folder / "databases").glob("*"), *folder.glob("*.db"), *folder.rglob("??/*")):
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_restore_onto_a_folder_with_content_is_refused(run: Run, data: Path, backup: Path) -> None:
    before = files(data)
    code, printed = run("restore", "backup")
    assert (code, printed) == (
        1,
        f"california-gold: {data} holds 'documents.db': restore to an empty folder, or to a new one\n",
    )
    assert files(data) == before


def test_an_empty_folder_can_be_restored_to(run: Run, backup: Path, elsewhere: Path) -> None:
    elsewhere.mkdir()
    assert run("restore", str(backup))[0] == 0
    assert (elsewhere / "events.db").exists()


def change(path: Path) -> None:
    byte = path.read_bytes()[-1]
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(bytes([byte ^ 1]))


def blob(backup: Path) -> Path:
    return next((backup / "objects").glob("??/*"))


def database(backup: Path, name: str) -> Path:
    return backup / read_manifest(backup).databases[name].file


DAMAGE: list[tuple[Callable[[Path], object], str, int]] = [
    *((lambda backup, name=str(name): change(database(backup, name)), f"{name.stem}-", 4) for name in DATABASES),
    (lambda backup: change(blob(backup)), "objects/", 4),
    (lambda backup: blob(backup).unlink(), "objects/", 4),
    (lambda backup: database(backup, "events.db").unlink(), "events-", 4),
    (lambda backup: (backup / "manifest.json").write_text("{}"), "manifest.json is damaged", 1),
    (lambda backup: (backup / "manifest.json").unlink(), "holds no finished backup", 1),
]


@pytest.mark.parametrize(("damage", "named", "expected"), DAMAGE)
def test_a_damaged_backup_is_one_line_that_names_it_and_nothing_is_restored(
    run: Run, backup: Path, elsewhere: Path, damage: Callable[[Path], object], named: str, expected: int
) -> None:
    damage(backup)
    code, printed = run("restore", str(backup))
    assert code == expected
    assert len(printed.splitlines()) == 1
    assert str(backup) in printed
    assert named in printed
    assert not elsewhere.exists()
    assert not restored_folder(elsewhere).exists()


def test_a_log_that_was_changed_before_the_backup_is_not_restored(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(data / "events.db")) as connection:
        connection.execute("DROP TRIGGER events_stay_as_they_are")
        connection.execute("UPDATE events SET revision = 5")
        connection.commit()
    for command in ("backup", "restore"):
        code, printed = run(command, "backup")
        assert (code, "the copied log is not what was written" in printed) == (4, True), printed
        monkeypatch.setenv("CALIFORNIA_GOLD_DATA_DIR", str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_into_a_folder_of_something_else_is_refused(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").touch()
    assert "holds 'one.jpg' and no backup" in run("backup", "photos")[1]
    for folder in ("data", "data/backup", "."):
        code, printed = run("backup", folder)
        assert (code, "lie in one another" in printed) == (1, True), printed
    assert not (data / "backup").exists()


def test_a_data_folder_without_data_is_not_backed_up(run: Run, elsewhere: Path, tmp_path: Path) -> None:
    code, printed = run("backup", "backup")
    assert (code, f"{elsewhere} is no data folder of this product" in printed) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_two_backups_into_one_folder_at_once_are_refused(run: Run, backup: Path) -> None:
    with (backup / "california-gold.backup").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, printed = run("backup", "backup")
    assert (code, printed) == (5, "california-gold: another process makes a backup in backup\n")


def test_what_is_in_the_backup_is_not_copied_again(run: Run, backup: Path) -> None:
    before = {path: path.stat().st_ino for path in (backup / "objects").glob("??/*")}
    assert run("backup", "backup")[0] == 0
    assert {path: path.stat().st_ino for path in (backup / "objects").glob("??/*")} == before
    assert len(list((backup / "databases").iterdir())) == len(DATABASES)


def test_an_object_that_was_deleted_leaves_the_next_backup(run: Run, data: Path, backup: Path) -> None:
    with closing(sqlite3.connect(data / "objects" / "index.db")) as connection:
        connection.execute("DELETE FROM objects")
        connection.commit()
    assert run("backup", "backup")[0] == 0
    assert list((backup / "objects").glob("??/*")) == []


def test_a_damaged_object_is_named_and_everything_else_is_backed_up(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = next((data / "objects" / "blobs").glob("??/*"))
    change(damaged)
    code, printed = run("backup", "backup")
    assert (code, f"{damaged} is damaged or missing" in printed) == (4, True), printed
    monkeypatch.setenv("CALIFORNIA_GOLD_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run("restore", "backup")[0] == 0


def test_an_interrupted_backup_leaves_the_earlier_one_as_it_was(run: Run, data: Path, backup: Path) -> None:
    before = read_manifest(backup)
    with pytest.raises(KeyboardInterrupt):
        back_up(data, backup, SystemClock(), interrupt)
    assert read_manifest(backup) == before
    assert all((backup / file.file).exists() for file in before.databases.values())
    assert run("backup", "backup")[0] == 0
    assert len(list((backup / "databases").iterdir())) == len(DATABASES)


def test_an_interrupted_restore_goes_on_where_it_stopped(run: Run, backup: Path, elsewhere: Path) -> None:
    copied: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        copy_backup(backup, read_manifest(backup), elsewhere, lambda count: copied.append(count) or _last(copied))
    assert not elsewhere.exists()
    assert restored_folder(elsewhere).exists()
    assert run("restore", str(backup))[0] == 0
    assert not restored_folder(elsewhere).exists()


def _last(copied: list[int]) -> None:
    if len(copied) == len(DATABASES):
        raise KeyboardInterrupt


def test_ctrl_c_ends_a_backup_with_a_line_that_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    held = next((data / "objects" / "blobs").glob("??/*"))
    held.unlink()
    os.mkfifo(held)  # opening it waits for a writer: the command is in the middle of its work
    command = [PROGRAM, "backup", str(tmp_path / "backup")]
    backing_up = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts)
    try:
        wait_until(lambda: (tmp_path / "backup" / "objects" / held.parent.name).exists())
        backing_up.send_signal(signal.SIGINT)
        _, printed = backing_up.communicate(timeout=60)
    finally:
        backing_up.kill()
    assert (backing_up.returncode, printed) == (
        1,
        "california-gold: interrupted: run it again, what was copied is not copied again\n",
    )


def heed_interrupts() -> None:
    """A shell starts background jobs with SIGINT ignored, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(fact: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return fact()

    asyncio.run(eventually(holds, within=60))


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_disk_without_space_is_one_line_and_nothing_is_left_half_done(
    backup: Path, data: Path, tmp_path: Path, command: str
) -> None:
    before = files(backup)
    environment = {**os.environ, "CALIFORNIA_GOLD_DATA_DIR": str(data if command == "backup" else tmp_path / "new")}
    limited = ["sh", "-c", 'ulimit -f 4 && exec "$@"', "sh", PROGRAM, command, str(backup)]
    done = subprocess.run(limited, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "new.restoring").exists()
    after = files(backup)
    assert {name: after[name] for name in before} == before
