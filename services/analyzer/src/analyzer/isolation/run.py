"""Runs one analysis in a child process. The parent reads the child's messages and outputs, never the upload."""

import asyncio
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import structlog

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.artifacts import AnalysisOutcome, collect, empty_folder
from analyzer.isolation.leftovers import adopt_orphans, children, end_leftovers
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.progress_throttle import ProgressThrottle
from analyzer.isolation.protocol import (
    MAX_LINE_BYTES,
    AnalysisRequest,
    Failed,
    Progressed,
    Start,
    child_message,
)

OnProgress = Callable[[str, int], Awaitable[None]]

CHILD_PROGRAM = (sys.executable, "-I", "-m", "analyzer.isolation.child")
SINGLE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
INHERITED = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")

log = structlog.get_logger(__name__)


async def run_isolated(
    request: AnalysisRequest,
    limits: ChildLimits,
    on_progress: OnProgress,
    program: Sequence[str] = CHILD_PROGRAM,
) -> AnalysisOutcome:
    """Analyse in a child process and return the result and the artifacts.

    `on_progress(stage, percent)` is awaited with rising percentages, at most once a second within a stage. Raises
    `AnalysisFailed`. The child and all that it started have ended afterwards, and the work folder is empty unless this
    returns.
    Cancelling the task kills the child immediately.
    """
    try:
        await asyncio.to_thread(request.output_folder.mkdir)
        await _run_child(request, limits, on_progress, program)
        return await asyncio.to_thread(collect, request.output_folder)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(empty_folder, request.work_folder))
        raise


async def _run_child(
    request: AnalysisRequest, limits: ChildLimits, on_progress: OnProgress, program: Sequence[str]
) -> None:
    seconds = limits.seconds if request.configuration.model_manifest is None else limits.seconds_with_model
    start = Start(request=request, limits=limits, seconds=seconds, parent=os.getpid())
    deadline = asyncio.timeout(seconds)
    try:
        async with _child(program, request.work_folder) as process, deadline:
            failure = await _receive_messages(process, start, on_progress)
            status = await process.wait()
    except TimeoutError:
        if deadline.expired():
            raise AnalysisFailed(FailureCode.TIMEOUT, messages.TIMEOUT) from None
        raise
    _raise_failure(status, failure)


@asynccontextmanager
async def _child(program: Sequence[str], folder: Path) -> AsyncGenerator[Process]:
    """Start the child; at the end, kill it and all that it started."""
    adopt_orphans()
    before = await asyncio.to_thread(children)
    process = await _spawn(program, folder)
    try:
        yield process
    finally:
        await asyncio.shield(_end(process, before))


async def _spawn(program: Sequence[str], folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *program,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
        limit=MAX_LINE_BYTES,
    )


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the child: without the secrets of the server, with all writable paths in the folder."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, **SINGLE_THREAD, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}


async def _receive_messages(process: Process, start: Start, on_progress: OnProgress) -> Failed | None:
    """Send the request and report the progress until the child closes its stdout; return its failure, if any."""
    stdin, stdout = cast(StreamWriter, process.stdin), cast(StreamReader, process.stdout)
    with suppress(ConnectionError):
        stdin.write(start.model_dump_json().encode())
        await stdin.drain()
    stdin.close()
    throttle, now, failure = ProgressThrottle(), asyncio.get_running_loop().time, None
    while message := await _next_message(stdout):
        if isinstance(message, Failed):
            failure = message
        elif throttle.allows(message.stage, message.progress, now()):
            await on_progress(message.stage, message.progress)
    return failure


async def _next_message(stdout: StreamReader) -> Progressed | Failed | None:
    """Return the next message of the child, None at the end. Raises `AnalysisFailed` INTERNAL for a malformed line."""
    try:
        line = await stdout.readline()
        return child_message.validate_json(line) if line else None
    except ValueError as error:
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from error


async def _end(process: Process, before: frozenset[int]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    await asyncio.to_thread(end_leftovers, before)


def _raise_failure(status: int, failure: Failed | None) -> None:
    """Raise `AnalysisFailed` for the failure message or the exit status of the child."""
    if failure is not None:
        if failure.trace:
            log.warning("analysis_crashed", code=failure.code, trace=failure.trace)
        raise AnalysisFailed(failure.code, failure.message)
    if status == -signal.SIGXCPU:
        raise AnalysisFailed(FailureCode.TIMEOUT, messages.TIMEOUT)
    if status != 0:
        log.warning("analysis_died", status=status)
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)
