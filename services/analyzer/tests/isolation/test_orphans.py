import subprocess
import sys

import psutil

from analyzer.isolation.protocol import AnalysisRequest
from testkit.child_processes import template_program

SERVER = """
import asyncio, sys
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess

async def report(stage, progress):
    print(stage, flush=True)

async def serve():
    async with TemplateProcess(sys.argv[2:]) as template:
        await run_isolated(AnalysisRequest.model_validate_json(sys.argv[1]), ChildLimits(), report, template)

asyncio.run(serve())
"""


def test_the_template_and_its_child_end_when_their_server_is_killed(analysis_request: AnalysisRequest) -> None:
    spin = template_program("report('decode', 30)\nwhile True: pass")
    command = [sys.executable, "-c", SERVER, analysis_request.model_dump_json(), *spin]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"decode\n"
        (template,) = psutil.Process(server.pid).children()
        started = [template, *template.children()]
        server.kill()
    gone, orphans = psutil.wait_procs(started, timeout=30)
    for orphan in orphans:
        orphan.kill()
    assert orphans == []
    assert len(gone) == 2
