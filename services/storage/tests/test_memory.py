"""Memory of uploads and downloads is bounded: measured on a real process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

MIB = 1024**2
REPOSITORY = Path(__file__).parents[3]
PIECE = bytes(range(256)) * 4096
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    command = [sys.executable, "-m", "testkit.storage_server", str(tmp_path / "data")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        address, token = process.stdout.readline().split()
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            yield process, client
        process.terminate()


def test_memory_does_not_grow_with_the_file(server: tuple["subprocess.Popen[str]", httpx.Client]):
    process, client = server
    memory = psutil.Process(process.pid).memory_info
    seen: list[int] = []

    def body(name: bytes, pieces: int) -> Iterator[bytes]:
        yield HEAD % name
        for _ in range(pieces):
            yield PIECE
            seen.append(memory().rss)
        yield b"\r\n--x--\r\n"

    assert client.post("/upload", content=body(b"small", 4), headers=MULTIPART).status_code == 201
    before = memory().rss
    answer = client.post("/upload", content=body(b"large", 256), headers=MULTIPART)
    assert answer.json()["size"] == 256 * MIB
    with client.stream("GET", "/download/large") as download:
        size = 0
        for piece in download.iter_bytes(MIB):
            size += len(piece)
            seen.append(memory().rss)
    assert size == 256 * MIB
    assert max(seen) - before < 64 * MIB
