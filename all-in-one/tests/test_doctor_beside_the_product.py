"""`california-gold doctor` beside a running product, and that it changes no file, whatever the product does."""

import asyncio
import os
import signal
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from testkit.doctored import Run, doctor, install
from tests.e2e.embedded_product import EmbeddedProduct


def content(folder: Path) -> Mapping[str, tuple[int, bytes]]:
    """Return the time of the last change and the bytes of every file and folder."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in paths}


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[EmbeddedProduct]:
    """A running product, whose settings the command has."""
    asyncio.run(install(tmp_path / "data"))
    product = EmbeddedProduct(tmp_path)
    monkeypatch.setenv("CALIFORNIA_GOLD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CALIFORNIA_GOLD_PORT", product.url.rpartition(":")[2])
    product.start()
    yield product
    product.kill()


def test_a_running_product_is_well(run: Run, product: EmbeddedProduct) -> None:
    code, lines = doctor(run)
    assert (code, lines["server"].state) == (0, "well"), lines
    assert lines["work-folder"].state == "well"
    assert {line.state for line in lines.values()} == {"well", "not applicable"}


def test_nothing_changes_beside_a_running_product(run: Run, product: EmbeddedProduct, tmp_path: Path) -> None:
    os.kill(product.pid, signal.SIGSTOP)  # it has its files open, and writes nothing meanwhile
    try:
        before = content(tmp_path / "data")
        _, lines = doctor(run)
        after = content(tmp_path / "data")
    finally:
        os.kill(product.pid, signal.SIGCONT)
    assert any(path.endswith("events.db-shm") for path in before)
    assert {name: line.state for name, line in lines.items() if line.state == "wrong"} == {}
    assert before == after


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_nothing_changes_after_a_product(run: Run, product: EmbeddedProduct, tmp_path: Path, end: str) -> None:
    getattr(product, end)()
    before = content(tmp_path / "data")
    code, lines = doctor(run)
    assert any(path.endswith("events.db-wal") for path in before) is (end == "kill")
    assert code == 0, lines
    assert content(tmp_path / "data") == before


@contextmanager
def answering(status: int, body: bytes) -> Generator[str]:
    """Answer one request on a free port, which is returned."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        yield str(server.server_port)
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "seen"),
    [
        (503, b'{"detail": "identity: KeyError"}', "not ready: identity: KeyError"),
        (503, b"[]", "not ready: no reason is given"),
        (404, b"<html>", "something else answers at 127.0.0.1:"),
    ],
)
def test_what_answers_instead_of_a_ready_product_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, seen: str
) -> None:
    with answering(status, body) as port:
        monkeypatch.setenv("CALIFORNIA_GOLD_PORT", port)
        code, lines = doctor(run)
    assert (code, lines["server"].state) == (1, "wrong")
    assert lines["server"].seen.startswith(seen)


def test_a_server_that_says_nothing_holds_nothing_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("CALIFORNIA_GOLD_PORT", str(silent.getsockname()[1]))
        code, lines = doctor(run)
    assert (code, lines["server"].state) == (0, "not applicable")
