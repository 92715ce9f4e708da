"""The server does not start in folders that hold something else, says so in one line, and leaves them as they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def served(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Start the server, which must end by itself."""
    return subprocess.run(
        [Path(sys.executable).with_name("california-gold"), "serve"],
        env={
            **os.environ,
            "CALIFORNIA_GOLD_PORT": "0",
            **{f"CALIFORNIA_GOLD_{name}": value for name, value in settings.items()},
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "work" / "thesis").mkdir(parents=True)
    (home / "work" / "thesis" / "chapter1.txt").write_text("mine")
    home.chmod(0o755)
    return home


def test_a_home_is_refused_as_data_folder(home: Path, tmp_path: Path) -> None:
    server = served(tmp_path, DATA_DIR="home")

    assert server.returncode == 1
    assert (server.stdout, len(server.stderr.splitlines())) == ("", 1)
    assert f"CALIFORNIA_GOLD_DATA_DIR: {home} holds 'work' and no data of this product" in server.stderr
    assert (home / "work" / "thesis" / "chapter1.txt").read_text() == "mine"
    assert home.stat().st_mode & 0o777 == 0o755
    assert os.listdir(home) == ["work"]


def test_a_folder_with_a_foreign_file_is_refused_as_work_folder(tmp_path: Path) -> None:
    work = tmp_path / "wd"
    work.mkdir()
    (work / "dataset.bin").write_text("data")

    server = served(tmp_path, WORK_DIR="wd", DATA_DIR="data")

    assert server.returncode == 1
    assert len(server.stderr.splitlines()) == 1
    assert f"CALIFORNIA_GOLD_WORK_DIR: {work} holds 'dataset.bin'" in server.stderr
    assert (work / "dataset.bin").read_text() == "data"
