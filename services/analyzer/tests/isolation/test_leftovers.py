"""Processes that a child starts without the cage, as on a kernel without seccomp, do not outlive the analysis."""

import asyncio
import sys
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from services.analyzer.tests.isolation.analysing import ignore
from testkit.child_processes import analyses

UNCAGED = """
import os, signal
from analyzer.isolation import cage
from analyzer.isolation.template import serve
cage.enter = lambda request: None

def daemonise():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            signal.pause()
        os._exit(0)
    os.wait()

def work(request, report):
    if request.files[0].read_bytes() == b"starts a daemon":
        daemonise()
    else:
        report("decode", 30)
        signal.pause()

serve(lambda: work)
"""


def request_for(folder: Path, upload: bytes) -> AnalysisRequest:
    folder.mkdir()
    (folder / "upload").write_bytes(upload)
    return AnalysisRequest(files=(folder / "upload",), work_folder=folder, configuration=AnalysisConfiguration())


async def test_a_process_that_left_the_session_ends_with_its_analysis_and_another_analysis_goes_on(
    tmp_path: Path,
) -> None:
    started = asyncio.Event()

    async def report(_stage: str, _progress: int) -> None:
        started.set()

    async with TemplateProcess((sys.executable, "-c", UNCAGED)) as template:
        other = request_for(tmp_path / "other", b"waits")
        waiting = asyncio.create_task(run_isolated(other, ChildLimits(), report, template))
        await asyncio.wait_for(started.wait(), 30)
        (process,) = analyses("serve(lambda: work)")

        request = request_for(tmp_path / "work", b"starts a daemon")
        with capture_logs() as logs, pytest.raises(AnalysisFailed):
            await run_isolated(request, ChildLimits(), ignore, template)

        assert {"event": "analysis_left_processes", "count": 1, "log_level": "warning"} in logs
        assert analyses("serve(lambda: work)") == [process]
        assert process.status() != psutil.STATUS_ZOMBIE
        waiting.cancel()
        await asyncio.wait({waiting})
        assert analyses("serve(lambda: work)") == []
