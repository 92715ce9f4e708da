"""The product in embedded mode, as a process that can be killed."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from chassis.adapters.sqlite.message_bus import sqlite_message_bus
from chassis.ports.message_bus import MessageBus
from tests.e2e.command_line import PROGRAM, run_command
from tests.e2e.stored_files import found_in_files
from tests.servers.ports import free_port
from tests.servers.service_process import ServiceProcess

_DATABASES = ("events.db", "events.db-wal", "messages.db", "messages.db-wal", "documents.db", "documents.db-wal")
_DEFAULTS = {"CALIFORNIA_GOLD_RATE_LIMITS": "off", "CALIFORNIA_GOLD_LOG_FORMAT": "json"}


class _Serve(ServiceProcess):
    """`california-gold serve`."""

    open_files: int | None = None

    def command(self) -> Sequence[str]:
        serve = [PROGRAM, "serve"]
        if self.open_files is None:
            return serve
        return ["sh", "-c", f'ulimit -n {self.open_files} && exec "$@"', "sh", *serve]


@dataclass
class EmbeddedProduct:
    """`california-gold serve` on a free port of this machine, with its data and its log in `folder`.

    `open_files` is its RLIMIT_NOFILE; None: that of the tests.
    """

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    open_files: int | None = None
    _process: _Serve = field(init=False)

    def __post_init__(self) -> None:
        self._process = _Serve(self.folder, free_port(), "california_gold", {**_DEFAULTS, **self.settings})
        self._process.open_files = self.open_files

    @property
    def url(self) -> str:
        """Base URL."""
        return self._process.url

    @property
    def log(self) -> str:
        """Output since the first start."""
        return self._process.log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process.pid is not None
        return self._process.pid

    def start(self, *, until_ready: bool = True) -> "EmbeddedProduct":
        """Start and wait until ready, if it is to become so; without effect on a running product."""
        if self._process.pid is None:
            self._process.launch()
            if until_ready:
                self._process.wait_until_ready()
        return self

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self._process.kill()

    def stop(self) -> int:
        """Stop gracefully (SIGTERM); return the exit code."""
        return self._process.stop()

    def run_command(self, *arguments: str) -> str:
        """Run a command of `california-gold` on its data; return what it printed."""
        return run_command(self._process.environment(), *arguments)

    def bus(self) -> AbstractAsyncContextManager[MessageBus]:
        """Open the topics from another process."""
        return sqlite_message_bus(self.folder / "data" / "messages.db")

    def locations_containing(self, text: str) -> list[str]:
        """Return the names of the databases that contain a text."""
        files = [self.folder / "data" / name for name in _DATABASES]
        return [file.name for file in files if file.exists() and text.encode() in file.read_bytes()]

    def files_with(self, pattern: re.Pattern[bytes]) -> Mapping[str, set[str]]:
        """Return what a pattern finds in each file of the data folder, write-ahead logs included."""
        return found_in_files(self.folder / "data", pattern)
