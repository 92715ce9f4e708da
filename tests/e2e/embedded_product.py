"""The product in embedded mode, as a process that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_START_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
_DATABASES = ("events.db", "events.db-wal", "messages.db", "messages.db-wal", "documents.db", "documents.db-wal")


@dataclass
class EmbeddedProduct:
    """`california-gold serve` on a free port of this machine, with its data in `data_dir`.

    `open_files` is its RLIMIT_NOFILE; None: that of the tests.
    """

    data_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    open_files: int | None = None
    port: int = field(default_factory=lambda: _free_port())
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Output since the first start."""
        return self._log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> "EmbeddedProduct":
        """Start and wait until ready; without effect on a running product."""
        if self._process is not None:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                env=self._environment(),
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
                start_new_session=True,
            )
        self._wait_until_ready(self._process)
        return self

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop gracefully (SIGTERM); return the exit code."""
        return self._end(signal.SIGTERM)

    def locations_containing(self, text: str) -> list[str]:
        """Return the names of the databases that contain a text."""
        files = [self.data_dir / "data" / name for name in _DATABASES]
        return [file.name for file in files if file.exists() and text.encode() in file.read_bytes()]

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(timeout=30)
        self._process = None
        return code

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{self.log}")
            time.sleep(_PAUSE_SECONDS)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _command(self) -> list[str]:
        serve = [str(Path(sys.executable).with_name("california-gold")), "serve"]
        if self.open_files is None:
            return serve
        return ["sh", "-c", f'ulimit -n {self.open_files} && exec "$@"', "sh", *serve]

    def _environment(self) -> dict[str, str]:
        ours = {
            "CALIFORNIA_GOLD_DATA_DIR": str(self.data_dir / "data"),
            "CALIFORNIA_GOLD_PORT": str(self.port),
            "CALIFORNIA_GOLD_RATE_LIMITS": "off",
            "CALIFORNIA_GOLD_LOG_FORMAT": "json",
        }
        return {**os.environ, **ours, **self.settings}

    @property
    def _log_file(self) -> Path:
        return self.data_dir / "server.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
