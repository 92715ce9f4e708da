"""Runs one analysis in a child process. The parent reads the child's words and its files, never the upload."""

import asyncio
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import structlog

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.artifacts import AnalysisOutcome, collect, empty_folder
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.messages import (
    INTERNAL_MESSAGE,
    LONGEST_LINE,
    TIMEOUT_MESSAGE,
    AnalysisRequest,
    Failed,
    Progressed,
    Start,
    message_reader,
)
from analyzer.isolation.pace import Pace

OnProgress = Callable[[str, int], Awaitable[None]]

CHILD_PROGRAM = (sys.executable, "-I", "-m", "analyzer.isolation.child")
SINGLE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")

log = structlog.get_logger(__name__)


async def run_isolated(
    request: AnalysisRequest,
    limits: ChildLimits,
    on_progress: OnProgress,
    program: Sequence[str] = CHILD_PROGRAM,
) -> AnalysisOutcome:
    """Analyse in a child process and return what it found.

    `on_progress(stage, percent)` is awaited with rising percentages, at most once a second within a stage. Raises
    `AnalysisFailed`. However this ends, the child is gone; unless it returns, the work folder is empty.
    Cancelling the awaiting task ends the child at once.
    """
    try:
        await _converse(request, limits, on_progress, program)
        return await asyncio.to_thread(collect, request.output_folder)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(empty_folder, request.work_folder))
        raise


async def _converse(
    request: AnalysisRequest, limits: ChildLimits, on_progress: OnProgress, program: Sequence[str]
) -> None:
    seconds = limits.seconds if request.configuration.model_manifest is None else limits.seconds_with_model
    start = Start(request=request, limits=limits, seconds=seconds, parent=os.getpid())
    process = await _spawn(program, request.work_folder)
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            failure = await _follow(process, start, on_progress)
            status = await process.wait()
    except TimeoutError:
        if clock.expired():
            raise AnalysisFailed(FailureCode.TIMEOUT, TIMEOUT_MESSAGE) from None
        raise
    finally:
        await _end(process)
    _judge(status, failure)


async def _spawn(program: Sequence[str], folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *program,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
        limit=LONGEST_LINE,
    )


def _environment(folder: Path) -> dict[str, str]:
    """Return a new environment: nothing of the server's secrets, nothing written outside the folder."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, **SINGLE_THREAD, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}


async def _follow(process: Process, start: Start, on_progress: OnProgress) -> Failed | None:
    """Hand over the request and pass on the progress until the child closes its end; return the failure it told."""
    stdin, stdout = cast(StreamWriter, process.stdin), cast(StreamReader, process.stdout)
    with suppress(ConnectionError):
        stdin.write(start.model_dump_json().encode())
        await stdin.drain()
    stdin.close()
    pace, now, failure = Pace(), asyncio.get_running_loop().time, None
    while message := await _next_message(stdout):
        if isinstance(message, Failed):
            failure = message
        elif pace.lets_through(message.stage, message.progress, now()):
            await on_progress(message.stage, message.progress)
    return failure


async def _next_message(stdout: StreamReader) -> Progressed | Failed | None:
    """Return what the child says next, None at its end; a child that speaks nonsense has failed."""
    try:
        line = await stdout.readline()
        return message_reader.validate_json(line) if line else None
    except ValueError as error:
        raise AnalysisFailed(FailureCode.INTERNAL, INTERNAL_MESSAGE) from error


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _judge(status: int, failure: Failed | None) -> None:
    """Raise what a child's last words, or its silence, mean."""
    if failure is not None:
        if failure.trace:
            log.warning("analysis_crashed", code=failure.code, trace=failure.trace)
        raise AnalysisFailed(failure.code, failure.message)
    if status == -signal.SIGXCPU:
        raise AnalysisFailed(FailureCode.TIMEOUT, TIMEOUT_MESSAGE)
    if status != 0:
        log.warning("analysis_died", status=status)
        raise AnalysisFailed(FailureCode.INTERNAL, INTERNAL_MESSAGE)
