"""The child process that parses untrusted files: it applies its limits, enters the cage and runs one analysis."""

import logging
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import BinaryIO

from pydantic import BaseModel

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation import cage
from analyzer.isolation.limits import apply_limits, die_with_parent
from analyzer.isolation.protocol import AnalysisRequest, Failed, Progressed, Start

Report = Callable[[str, int], None]
Work = Callable[[AnalysisRequest, Report], None]


def analyse(work: Work, template: int) -> None:
    """Read the request from stdin, apply the limits, enter the cage, run the analysis, send its outcome to stdout.

    `template` is the process that forked this one: without it there is no analysis.
    """
    die_with_parent()
    if os.getppid() != template:
        return
    with os.fdopen(0, "rb", closefd=False) as stdin:
        start = Start.model_validate_json(stdin.read())
    channel = _own_channel()
    logging.disable()  # libraries log values of the files
    _leave_template(start.request)
    apply_limits(start.limits, start.seconds)

    def send(message: BaseModel) -> None:
        channel.write(message.model_dump_json().encode() + b"\n")

    try:
        cage.enter(start.request)
        work(start.request, lambda stage, progress: send(Progressed(stage=stage, progress=progress)))
    except AnalysisFailed as failure:
        send(Failed(code=failure.code, message=failure.message))
    except MemoryError as error:
        send(Failed(code=FailureCode.OUT_OF_MEMORY, message=messages.OUT_OF_MEMORY, trace=_trace(error)))
    except Exception as error:  # noqa: BLE001  (the parent reports every error)
        send(Failed(code=FailureCode.INTERNAL, message=messages.INTERNAL, trace=_trace(error)))


def load_pipeline() -> Work:
    """Import what an analysis needs. The runtime of models is left to the child: it may start threads."""
    from datetime import UTC, datetime

    from PIL import Image

    from analyzer.outputs.dicom_tables import load_dicom_tables
    from analyzer.pipeline import analyze

    Image.preinit()
    load_dicom_tables()

    def work(request: AnalysisRequest, report: Report) -> None:
        analyze(request.files, request.output_folder, request.configuration, report, request.key, datetime.now(UTC))

    return work


def _leave_template(request: AnalysisRequest) -> None:
    """Work in the folder of the analysis, and share no random numbers with the template's other children."""
    folder = str(request.work_folder)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = None
    random.seed()
    if numbers := sys.modules.get("numpy.random"):
        numbers.seed()


def _own_channel() -> BinaryIO:
    """Reserve stdout for messages: redirect what libraries print to stderr."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return channel


def _trace(error: BaseException) -> tuple[str, ...]:
    """Return the type of the error and its stack frames, without its text, which may quote patient data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return (type(error).__name__, *(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames))
