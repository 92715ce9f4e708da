"""Processes of the same user cannot read the environment of a service, which holds its secrets. Linux only."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from testkit.eventually import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and this protection")
SECRET = "not-to-be-seen"
SETTINGS = {
    "CALIFORNIA_GOLD_EVENTSTOREDB_URI": "esdb://127.0.0.1:1?Tls=false",
    "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "CALIFORNIA_GOLD_MONGODB_URI": "mongodb://127.0.0.1:1",
    "CALIFORNIA_GOLD_MONGODB_KEYS_URI": "mongodb://127.0.0.1:1",
    "CALIFORNIA_GOLD_S3_ENDPOINT": "http://127.0.0.1:1",
    "CALIFORNIA_GOLD_S3_ACCESS_KEY": "key",
    "CALIFORNIA_GOLD_S3_SECRET_KEY": SECRET,
    "CALIFORNIA_GOLD_PORT": "0",
}
# Root may read every process. Without capabilities it is a user like others, who owns both processes.
DROPPED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
AS_USER: Sequence[str] = DROPPED if os.geteuid() == 0 else ()


@contextmanager
def running(*command: str, folder: Path) -> Generator[int]:
    """Run a program with a secret in its environment; yields its process id."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*AS_USER, *command], env={**os.environ, **SETTINGS}, cwd=folder, stderr=log)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


async def environment_of(pid: int) -> tuple[str, str]:
    """Read the environment of a process as another process of its user does; returns output and error."""
    command = [*AS_USER, "cat", f"/proc/{pid}/environ"]
    read = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    return read.stdout, read.stderr


async def test_the_environment_of_a_service_cannot_be_read(tmp_path: Path) -> None:
    with running(sys.executable, "-m", "storage", folder=tmp_path) as pid:

        async def has_started() -> bool:
            return "service_started" in (tmp_path / "log").read_text()

        await eventually(has_started, within=60)
        output, error = await environment_of(pid)
    assert output == ""
    assert error.endswith("Permission denied\n")


async def test_the_environment_of_a_program_without_the_protection_can_be_read(tmp_path: Path) -> None:
    with running("sleep", "60", folder=tmp_path) as pid:

        async def is_read() -> bool:
            return SECRET in (await environment_of(pid))[0]

        await eventually(is_read, within=30)
