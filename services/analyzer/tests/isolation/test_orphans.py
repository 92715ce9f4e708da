import subprocess
import sys
from collections.abc import Callable

import psutil

from analyzer.isolation.protocol import AnalysisRequest

Program = Callable[[str], tuple[str, ...]]

SERVER = """
import asyncio, sys
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated

async def report(stage, progress):
    print(stage, flush=True)

request = AnalysisRequest.model_validate_json(sys.argv[1])
asyncio.run(run_isolated(request, ChildLimits(), report, sys.argv[2:]))
"""


def test_a_child_ends_when_its_server_is_killed(analysis_request: AnalysisRequest, program: Program) -> None:
    spin = program("report('decode', 30)\nwhile True: pass")
    command = [sys.executable, "-c", SERVER, analysis_request.model_dump_json(), *spin]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"decode\n"
        (child,) = psutil.Process(server.pid).children()
        server.kill()
    gone, orphans = psutil.wait_procs([child], timeout=10)
    for orphan in orphans:
        orphan.kill()
    assert gone == [child]
