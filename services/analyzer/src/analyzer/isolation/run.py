"""Runs one analysis in a child process. The parent reads the child's messages and outputs, never the upload."""

import asyncio
import signal
from asyncio import StreamReader
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.artifacts import AnalysisOutcome, collect, empty_folder
from analyzer.isolation.forked_child import ForkedChild
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.progress_throttle import ProgressThrottle
from analyzer.isolation.protocol import AnalysisRequest, Failed, Progressed, Start, child_message
from analyzer.isolation.template_process import TemplateProcess

OnProgress = Callable[[str, int], Awaitable[None]]
OnStage = Callable[[str], None]

log = structlog.get_logger(__name__)


async def run_isolated(
    request: AnalysisRequest,
    limits: ChildLimits,
    on_progress: OnProgress,
    template: TemplateProcess,
    on_stage: OnStage = lambda _: None,
) -> AnalysisOutcome:
    """Analyse in a child of the template and return the result and the artifacts.

    `on_progress(stage, percent)` is awaited with rising percentages, at most once a second within a stage; `on_stage`
    is called with the stage of every message of the child. Raises `AnalysisFailed`. The child and all that it started
    have ended afterwards, and the work folder is empty unless this returns.
    Cancelling the task kills the child immediately.
    """
    try:
        await asyncio.to_thread(request.output_folder.mkdir)
        await _run_child(request, limits, on_progress, template, on_stage)
        return await asyncio.to_thread(collect, request.output_folder)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(empty_folder, request.work_folder))
        raise


async def _run_child(
    request: AnalysisRequest,
    limits: ChildLimits,
    on_progress: OnProgress,
    template: TemplateProcess,
    on_stage: OnStage,
) -> None:
    seconds = limits.seconds if request.configuration.model_manifest is None else limits.seconds_with_model
    start = Start(request=request, limits=limits, seconds=seconds)
    deadline = asyncio.timeout(seconds)
    try:
        async with _child(template) as child, deadline:
            failure = await _receive_messages(child, start, on_progress, on_stage)
            status = await child.status()
    except TimeoutError:
        if deadline.expired():
            raise AnalysisFailed(FailureCode.TIMEOUT, messages.TIMEOUT) from None
        raise
    _raise_failure(status, failure)


@asynccontextmanager
async def _child(template: TemplateProcess) -> AsyncGenerator[ForkedChild]:
    """Fork a child; at the end, kill it and all that it started."""
    child = await template.fork()
    try:
        yield child
    finally:
        await asyncio.shield(child.end())


async def _receive_messages(
    child: ForkedChild, start: Start, on_progress: OnProgress, on_stage: OnStage
) -> Failed | None:
    """Send the request and report the progress until the child closes its stdout; return its failure, if any."""
    await child.send(start.model_dump_json().encode())
    throttle, now, failure = ProgressThrottle(), asyncio.get_running_loop().time, None
    while message := await _next_message(child.output):
        if isinstance(message, Failed):
            failure = message
            continue
        on_stage(message.stage)
        if throttle.allows(message.stage, message.progress, now()):
            await on_progress(message.stage, message.progress)
    return failure


async def _next_message(stdout: StreamReader) -> Progressed | Failed | None:
    """Return the next message of the child, None at the end. Raises `AnalysisFailed` INTERNAL for a malformed line."""
    try:
        line = await stdout.readline()
        return child_message.validate_json(line) if line else None
    except ValueError as error:
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from error


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
