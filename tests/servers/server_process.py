"""A server as a child process: started, stopped, killed and started again on the same port and data."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_PAUSE_SECONDS = 0.05
_WATCH = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null; kill -9 "$2" 2>/dev/null'


class ServerProcess:
    """One server of 127.0.0.1:`port`, with its data and its log in `folder`."""

    name = "server"

    def __init__(self, folder: Path, port: int, owner: int | None = None) -> None:
        """`owner` is the process that it must not outlive, even if that one is killed; this one by default."""
        self.folder, self.port, self._owner = folder, port, owner or os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """What clients are given."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def command(self) -> Sequence[str]:
        """Return the command line."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return what is added to the environment."""
        return {}

    def configure(self) -> None:
        """Write what the server reads when it starts."""

    def prepare(self) -> None:
        """Do what has to be done before the first start."""

    def answers(self) -> bool:
        """Say whether the server takes requests."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.begin()
        self.wait_until_it_answers()

    def begin(self) -> None:
        """Start it; others can be started while it gets ready."""
        new = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure()
        if new:
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
        command = ["sh", "-c", _WATCH, "watch", str(self._owner), str(self._process.pid)]
        self._watch = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_until_it_answers(self) -> None:
        """Wait until it takes requests."""
        process = self._process
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if process is None or process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self.log_file.read_text(errors='replace')[-2000:]}")
            time.sleep(_PAUSE_SECONDS)

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.signal(signal.SIGKILL)
        self.ended()

    def signal(self, how: signal.Signals) -> None:
        """Send it a signal; nothing happens when it has ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)

    def ended(self) -> int:
        """Wait for its end, and make sure of it; return the exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(_STOP_SECONDS)
        finally:
            self._unwatch()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch.wait()

    @property
    def log_file(self) -> Path:
        """Everything that it printed."""
        return self.folder / "server.log"
