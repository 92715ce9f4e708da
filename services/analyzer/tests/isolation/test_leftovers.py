"""Processes that a child starts without the cage, as on a kernel without seccomp, do not outlive the analysis."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from analyzer.domain.failures import AnalysisFailed
from analyzer.isolation.leftovers import children, end_leftovers
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated

STARTS_A_DAEMON = """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        signal.pause()
    os._exit(0)
os.wait()
"""


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """A process that this process started before, in a session of its own."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.kill()


async def test_a_process_that_left_the_session_ends_with_the_analysis(
    analysis_request: AnalysisRequest, neighbour: subprocess.Popen[bytes]
) -> None:
    before = {child.pid for child in psutil.Process().children()}

    with pytest.raises(AnalysisFailed):
        await run_isolated(analysis_request, ChildLimits(), _ignore, (sys.executable, "-c", STARTS_A_DAEMON))

    assert {child.pid for child in psutil.Process().children()} == before
    assert neighbour.poll() is None


async def _ignore(_stage: str, _progress: int) -> None:
    """Discard the progress."""


def test_a_process_of_this_session_is_not_taken_for_a_leftover() -> None:
    before = children()  # servers of other tests among them, in sessions of their own
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        assert started.pid in children()
        end_leftovers(before)
        assert started.poll() is None
        started.send_signal(signal.SIGKILL)
