"""The work directory: it may be a mount, and processes share it without removing each other's files."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.application.work_folder import prepare_work_dir, work_folder
from chassis.runtime.settings import InvalidSettings
from testkit.eventually import eventually

_ANOTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from analyzer.application.work_folder import work_folder

async def analyse():
    async with work_folder(Path(sys.argv[1])) as folder:
        (folder / "upload").touch()
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(analyse())
"""


@pytest.fixture
def unremovable_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be written but not removed: a mount, or for an unprivileged user one in a read-only folder."""
    folder = tmp_path / "parent" / "work"
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        yield folder
        subprocess.run(["umount", folder], check=True)
    else:
        folder.parent.chmod(0o500)
        yield folder
        folder.parent.chmod(0o700)


@pytest.fixture
def another_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the middle of an analysis in `tmp_path`."""
    process = subprocess.Popen([sys.executable, "-c", _ANOTHER_PROCESS, str(tmp_path)], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


async def test_a_folder_that_cannot_be_removed_is_swept_and_used(unremovable_folder: Path) -> None:
    leftover = unremovable_folder / "california-gold-analysis-1"
    leftover.mkdir()
    (leftover / "upload").touch()

    prepare_work_dir(unremovable_folder)

    assert _files(unremovable_folder) == []
    async with work_folder(unremovable_folder) as folder:
        assert _files(unremovable_folder) == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert _files(unremovable_folder) == []


async def test_a_start_keeps_the_files_of_a_running_process_and_removes_those_of_a_killed_one(
    tmp_path: Path, another_process: subprocess.Popen[bytes]
) -> None:
    upload = await eventually(lambda: _upload_in(tmp_path), within=30)
    assert upload is not None

    prepare_work_dir(tmp_path)
    assert upload.exists()

    another_process.kill()
    another_process.wait()
    prepare_work_dir(tmp_path)
    assert _files(tmp_path) == []


async def test_a_start_keeps_the_files_of_an_analysis_of_the_same_process(tmp_path: Path) -> None:
    async with work_folder(tmp_path) as folder:
        prepare_work_dir(tmp_path)
        assert folder.exists()


@pytest.mark.parametrize("name", ["thesis", ".hidden", "tmpfolder1"])
def test_a_work_folder_that_holds_a_foreign_folder_is_refused_by_name_and_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "chapter1.txt").write_text("mine")
    (tmp_path / "california-gold-analysis-1").mkdir()

    with pytest.raises(InvalidSettings, match=rf"^CALIFORNIA_GOLD_WORK_DIR: {tmp_path} holds '{name}', which is not"):
        prepare_work_dir(tmp_path)

    assert (tmp_path / name / "chapter1.txt").read_text() == "mine"
    assert (tmp_path / "california-gold-analysis-1").exists()


@pytest.mark.parametrize("name", ["dataset.bin", "california-gold-analysis-1", "tmpabcdefgh"])
def test_a_work_folder_that_holds_a_foreign_file_is_refused_by_name_and_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")

    with pytest.raises(InvalidSettings, match=rf"^CALIFORNIA_GOLD_WORK_DIR: {tmp_path} holds '{name}', which is not"):
        prepare_work_dir(tmp_path)

    assert (tmp_path / name).read_text() == "mine"


def test_a_link_with_our_mark_is_refused_and_what_it_leads_to_is_kept(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "chapter1.txt").touch()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "california-gold-analysis-1").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InvalidSettings, match="holds 'california-gold-analysis-1'"):
        prepare_work_dir(tmp_path / "work")

    assert (tmp_path / "elsewhere" / "chapter1.txt").exists()


def test_a_leftover_of_a_former_version_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "tmpab_12cd9"
    (leftover / "output").mkdir(parents=True)
    leftover.chmod(0o700)
    (leftover / "upload").touch()

    prepare_work_dir(tmp_path)

    assert _files(tmp_path) == []


@pytest.mark.parametrize("content", [[], ["upload", "notes.txt"]])
def test_a_temporary_folder_of_another_program_is_refused_and_kept(tmp_path: Path, content: list[str]) -> None:
    folder = tmp_path / "tmpab_12cd9"
    folder.mkdir(mode=0o700)
    for name in content:
        (folder / name).touch()

    with pytest.raises(InvalidSettings, match="holds 'tmpab_12cd9'"):
        prepare_work_dir(tmp_path)

    assert sorted(entry.name for entry in folder.iterdir()) == sorted(content)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o2775])
def test_the_mode_of_a_folder_that_was_there_before_is_not_changed(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "lost+found").mkdir()

    prepare_work_dir(folder)

    assert folder.stat().st_mode & 0o7777 == mode


def test_a_new_work_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    prepare_work_dir(tmp_path / "new" / "work")
    assert (tmp_path / "new" / "work").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_is_refused_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidSettings, match=r"^CALIFORNIA_GOLD_WORK_DIR: cannot write to .*: Not a directory$"):
        prepare_work_dir(tmp_path / "file" / "work")


def _files(work_dir: Path) -> list[Path]:
    return list(work_dir.iterdir())


async def _upload_in(work_dir: Path) -> Path | None:
    return await asyncio.to_thread(lambda: next(work_dir.glob("*/upload"), None))
