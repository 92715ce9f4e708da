"""A server as a child process that can be stopped, killed and restarted on the same port and data."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from testkit.eventually import eventually_blocking

_START_SECONDS = 60.0
_WATCHDOG = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null; kill -9 "$2" 2>/dev/null'


class ServerProcess:
    """A server on 127.0.0.1:`port`, with its data and its log in `folder`."""

    name = "server"
    stop_seconds = 30.0
    """How long it may take to stop before it is killed."""

    def __init__(self, folder: Path, port: int, owner: int | None = None) -> None:
        """`owner`: id of a process that the server does not outlive, even if that is killed (default: this one)."""
        self.folder, self.port, self._owner = folder, port, owner or os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._process.pid if self._process else None

    def command(self) -> Sequence[str]:
        """Return the command line."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return additional environment variables."""
        return {}

    def configure(self) -> None:
        """Write the configuration; called before every start."""

    def prepare(self) -> None:
        """Initialize the data folder; called before the first start."""

    def is_ready(self) -> bool:
        """Return whether the server accepts requests."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the process without waiting until it is ready."""
        is_new = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure()
        if is_new:
            self.prepare()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        command = ["sh", "-c", _WATCHDOG, "watchdog", str(self._owner), str(self._process.pid)]
        self._watchdog = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_until_ready(self) -> None:
        """Wait until it is ready. Raises `RuntimeError` when it exits or is not ready in time."""
        with suppress(AssertionError):
            eventually_blocking(lambda: self._has_ended() or self.is_ready(), within=_START_SECONDS)
            if not self._has_ended():
                return
        self.kill()
        raise RuntimeError(f"{self.name} did not start:\n{self.log_file.read_text(errors='replace')[-2000:]}")

    def stop(self) -> int:
        """Stop it with SIGTERM; return its exit code."""
        self.send_signal(signal.SIGTERM)
        return self.wait_for_exit()

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self.send_signal(signal.SIGKILL)
        self.wait_for_exit()

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal; do nothing when it does not run."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)

    def wait_for_exit(self) -> int:
        """Wait until it exits, and kill it when that takes too long; return the exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            return process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(self.stop_seconds)
        finally:
            self._end_watchdog()

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _end_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.wait()

    @property
    def log_file(self) -> Path:
        """The file with its output."""
        return self.folder / "server.log"
