"""The process that touches untrusted bytes. It is started clean, binds itself, does one analysis and ends."""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO

from pydantic import BaseModel

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.limits import apply_limits, die_with_parent
from analyzer.isolation.messages import (
    INTERNAL_MESSAGE,
    OUT_OF_MEMORY_MESSAGE,
    AnalysisRequest,
    Failed,
    Progressed,
    Start,
)

Report = Callable[[str, int], None]
Work = Callable[[AnalysisRequest, Report], None]


def serve(work: Work) -> None:
    """Read the request, bind this process to its limits, do the work, say how it ended."""
    start = Start.model_validate_json(sys.stdin.buffer.read())
    die_with_parent(start.parent)
    channel = _own_channel()
    logging.disable()  # libraries quote what they read
    apply_limits(start.limits, start.seconds)

    def send(message: BaseModel) -> None:
        channel.write(message.model_dump_json().encode() + b"\n")

    try:
        work(start.request, lambda stage, progress: send(Progressed(stage=stage, progress=progress)))
    except AnalysisFailed as failure:
        send(Failed(code=failure.code, message=failure.message))
    except MemoryError as error:
        send(Failed(code=FailureCode.OUT_OF_MEMORY, message=OUT_OF_MEMORY_MESSAGE, trace=_places(error)))
    except Exception as error:  # noqa: BLE001  (the parent is told, whatever it was)
        send(Failed(code=FailureCode.INTERNAL, message=INTERNAL_MESSAGE, trace=_places(error)))


def analyze_request(request: AnalysisRequest, report: Report) -> None:
    """Run the pipeline, whose libraries are loaded only when the limits hold."""
    from datetime import UTC, datetime

    from analyzer.pipeline import analyze

    request.output_folder.mkdir()
    analyze(request.files, request.output_folder, request.configuration, report, request.key, datetime.now(UTC))


def _own_channel() -> BinaryIO:
    """Take stdout for messages alone: what a library prints goes where its errors go."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return channel


def _places(error: BaseException) -> tuple[str, ...]:
    """Return the kind of the error and where it passed, without its text, which may quote the data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return (type(error).__name__, *(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames))


if __name__ == "__main__":
    serve(analyze_request)
