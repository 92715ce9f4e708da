"""What the start says on a kernel without a part of the cage, which a filter of system calls imitates."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.lacking_kernel import LANDLOCK_CREATE_RULESET, SECCOMP, without_system_call

LACKING = [(LANDLOCK_CREATE_RULESET, "Landlock"), (SECCOMP, "seccomp")]


def serving(folder: Path, lacking: int, **settings: str) -> "subprocess.Popen[str]":
    """Start the product in a new process whose kernel seems to lack one system call."""
    program = Path(sys.executable).with_name("california-gold")
    environment = {
        **os.environ,
        "CALIFORNIA_GOLD_DATA_DIR": str(folder / "data"),
        "CALIFORNIA_GOLD_PORT": "0",
        **{f"CALIFORNIA_GOLD_{name}": value for name, value in settings.items()},
    }
    return subprocess.Popen(
        without_system_call(lacking, str(program), "serve"),
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(("lacking", "name"), LACKING)
def test_the_start_is_refused_where_the_required_cage_is_incomplete(tmp_path: Path, lacking: int, name: str) -> None:
    with serving(tmp_path, lacking, ANALYZER_REQUIRE_CAGE="true") as server:
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert f"CALIFORNIA_GOLD_ANALYZER_REQUIRE_CAGE: this kernel has no {name}" in output
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize(("lacking", "name"), LACKING)
def test_the_start_says_once_what_the_cage_lacks(tmp_path: Path, lacking: int, name: str) -> None:
    with serving(tmp_path, lacking) as server:
        assert server.stdout is not None
        output = ""
        while "cage_incomplete" not in output:
            line = server.stdout.readline()
            assert line, output
            output += line
        server.terminate()
        output += server.stdout.read()
    assert output.count("cage_incomplete") == 1
    assert f"['{name}']" in output
