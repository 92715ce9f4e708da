"""A child that the template has forked, as the service sees it."""

import asyncio
import os
import signal
import socket
import sys
from asyncio import ReadTransport, StreamReader, StreamReaderProtocol, StreamWriter
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.protocol import MAX_LINE_BYTES

_POLLS, _POLL_SECONDS = 500, 0.01
_log = structlog.get_logger(__name__)


@dataclass
class ForkedChild:
    """A child process. Its template kills it when the lifeline is closed, by `end` or by the death of this process."""

    process: int
    output: StreamReader
    _input: int
    _output_pipe: ReadTransport
    _lifeline: tuple[StreamReader, StreamWriter]
    _status: int | None = field(init=False, default=None)

    async def send(self, request: bytes) -> None:
        """Write the whole of the child's stdin."""
        stdin, self._input = self._input, -1
        await asyncio.to_thread(_write, stdin, request)

    async def status(self) -> int:
        """Return the exit status, once the child has ended, and all that it started."""
        if self._status is None:
            self._status = await self._read_status()
        return self._status

    async def end(self) -> None:
        """Kill the child unless it has ended; return once it has, and all that it started."""
        _, writer = self._lifeline
        try:
            with suppress(OSError):
                writer.write_eof()
            await self.status()
        finally:
            writer.close()
            self._output_pipe.close()
            if self._input >= 0:
                os.close(self._input)

    async def _read_status(self) -> int:
        line = await self._lifeline[0].readline()
        if not line:
            await _until_gone(self.process)
            return -signal.SIGKILL
        status, left = map(int, line.split())
        if left:
            _log.warning("analysis_left_processes", count=left)
        return status


class TemplateDied(Exception):
    """The template ended before it forked the child."""


async def fork_child(control: socket.socket) -> ForkedChild:
    """Ask the template at the other end of `control` for a child.

    Raises `TemplateDied`, or `AnalysisFailed` INTERNAL when the system allows no more processes.
    """
    (stdin, to_child), (from_child, stdout) = os.pipe(), os.pipe()
    lifeline, theirs = socket.socketpair()
    try:
        with suppress(OSError):  # it has died: the lifeline says so
            socket.send_fds(control, [b"\0"], [stdin, stdout, theirs.fileno()])
    finally:
        theirs.close()
        for descriptor in (stdin, stdout):
            os.close(descriptor)
    reader, writer = await asyncio.open_unix_connection(sock=lifeline)
    output = StreamReader(limit=MAX_LINE_BYTES)
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: StreamReaderProtocol(output), os.fdopen(from_child, "rb", buffering=0)
    )
    try:
        process = await _process_id(reader)
    except BaseException:
        writer.close()
        pipe.close()
        os.close(to_child)
        raise
    return ForkedChild(process, output, to_child, pipe, (reader, writer))


async def _process_id(lifeline: StreamReader) -> int:
    line = await lifeline.readline()
    if not line:
        raise TemplateDied
    if not (process := int(line)):
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)
    return process


def _write(descriptor: int, content: bytes) -> None:
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb", buffering=0) as pipe:
        view = memoryview(content)
        while view:
            view = view[pipe.write(view) :]


async def _until_gone(process: int) -> None:
    """Wait for a child whose template has died: Linux has killed it, and may have handed it to this process."""
    for _ in range(_POLLS):
        if _is_gone(process):
            return
        await asyncio.sleep(_POLL_SECONDS)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0 if sys.platform == "linux" else signal.SIGKILL)
        os.waitpid(process, os.WNOHANG)
    except ProcessLookupError:
        return True
    except ChildProcessError:
        pass  # it was handed to another process
    return False
