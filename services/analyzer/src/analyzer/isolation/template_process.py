"""The service's side of the template process (`template.py`): it starts the template and asks it for children."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.forked_child import ForkedChild, TemplateDied, fork_child
from analyzer.isolation.protocol import READY

PROGRAM = (sys.executable, "-I", "-m", "analyzer.isolation.template")
SINGLE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
INHERITED = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_RESTART_SECONDS = 1.0
_TRIES = 2
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Started:
    process: Process
    control: socket.socket

    async def end(self) -> None:
        """Close the control socket: the template ends its children, then itself. One that still imports has none."""
        if not self._ready():
            with suppress(ProcessLookupError):
                self.process.kill()
        self.control.close()
        await self.process.wait()

    def _ready(self) -> bool:
        try:
            return self.control.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == READY
        except OSError:
            return False


@dataclass
class TemplateProcess:
    """A template process: started when it is first needed, and anew when it has died.

    As a context manager it ends the template with all its children at the end of the block.
    """

    program: Sequence[str] = PROGRAM
    _started: _Started | None = field(init=False, default=None)
    _starting: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._started is not None:
            started, self._started = self._started, None
            await asyncio.shield(started.end())

    async def keep_running(self) -> None:
        """Keep a template ready, endlessly."""
        while True:
            await (await self._running()).process.wait()
            await asyncio.sleep(_RESTART_SECONDS)

    async def fork(self) -> ForkedChild:
        """Return a new child, which waits for its request. Raises `AnalysisFailed` INTERNAL when there can be none."""
        for _ in range(_TRIES):
            running = await self._running()
            try:
                return await fork_child(running.control)
            except TemplateDied:
                await running.end()
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)

    async def _running(self) -> _Started:
        """Return the template, started if there is none or if it has died."""
        async with self._starting:
            if self._started is None or self._started.process.returncode is not None:
                if self._started is not None:
                    _log.warning("template_died", status=self._started.process.returncode)
                    self._started.control.close()
                self._started = await _start(self.program)
            return self._started


async def _start(program: Sequence[str]) -> _Started:
    control, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *program,
            stdin=theirs.fileno(),
            stdout=DEVNULL,
            stderr=DEVNULL,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    return _Started(process, control)


def _environment() -> dict[str, str]:
    """Return the environment of the template: without the secrets of the server, and without a folder to write to."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, **SINGLE_THREAD, "HOME": "/nonexistent", "TMPDIR": "/nonexistent", "LANG": "C.UTF-8"}
