"""The template that children are forked from: what it holds, what they share, and what happens when it dies."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from services.analyzer.tests.isolation.analysing import ignore
from testkit.child_processes import Program, analyses, template_program, templates

ANSWERS = "raise AnalysisFailed(FailureCode.NO_IMAGE, Message('', json.dumps({})))"
WORDS = "serve(lambda: work)"


def request_in(folder: Path) -> AnalysisRequest:
    folder.mkdir()
    (folder / "upload").write_bytes(b"an upload")
    return AnalysisRequest(files=(folder / "upload",), work_folder=folder, configuration=AnalysisConfiguration())


async def answer(request: AnalysisRequest, template: TemplateProcess) -> Any:
    """Return what the work of the template answers."""
    with pytest.raises(AnalysisFailed) as caught:
        await run_isolated(request, ChildLimits(), ignore, template)
    assert caught.value.code is FailureCode.NO_IMAGE
    return json.loads(caught.value.message.en)


@asynccontextmanager
async def waiting(request: AnalysisRequest, template: TemplateProcess) -> AsyncGenerator["asyncio.Task[Any]"]:
    """Run an analysis that has reported its first step."""
    started = asyncio.Event()

    async def report(_stage: str, _progress: int) -> None:
        started.set()

    task = asyncio.ensure_future(run_isolated(request, ChildLimits(), report, template))
    await asyncio.wait_for(started.wait(), 60)
    yield task
    task.cancel()
    await asyncio.wait({task})


def waits() -> Program:
    return template_program("report('decode', 30)\nsignal.pause()")


async def test_the_template_starts_with_neither_secrets_nor_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_S3_SECRET_KEY", "secret")
    descriptor = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(descriptor, True)  # noqa: FBT003
    before = (
        "def is_open(number):\n"
        "    try:\n"
        "        return bool(os.fstat(number))\n"
        "    except OSError:\n"
        "        return False\n"
        "HELD = [dict(os.environ), [number for number in range(256) if is_open(number)], os.getcwd()]"
    )
    async with TemplateProcess(template_program(ANSWERS.format("HELD"), before)) as template:
        environment, opened, folder = await answer(request_in(tmp_path / "work"), template)
    os.close(descriptor)
    assert not [name for name in environment if name.startswith("CALIFORNIA_GOLD")]
    assert opened == [0, 1, 2], "the control socket, and nothing twice"
    assert folder == "/"


@pytest.mark.skipif(sys.platform != "linux", reason="an attribute of processes of Linux")
async def test_the_template_cannot_be_inspected_and_so_cannot_its_children(tmp_path: Path) -> None:
    get_dumpable = "__import__('ctypes').CDLL(None).prctl(3, 0, 0, 0, 0)"
    uncaged = "from analyzer.isolation import cage\ncage.enter = lambda request: None"
    async with TemplateProcess(template_program(ANSWERS.format(get_dumpable), uncaged)) as template:
        assert await answer(request_in(tmp_path / "work"), template) == 0


async def test_children_share_the_template_and_each_has_its_folder_and_random_numbers(tmp_path: Path) -> None:
    imports = "import numpy.random, random, tempfile\ntempfile.gettempdir()"
    held = "[os.getppid(), random.random(), numpy.random.random(), [os.getcwd(), tempfile.gettempdir()]]"
    async with TemplateProcess(template_program(ANSWERS.format(held), imports)) as template:
        answers = [await answer(request_in(tmp_path / name), template) for name in ("first", "second")]
    (parent, *numbers, folders), (other_parent, *other_numbers, other_folders) = answers
    assert parent == other_parent
    assert not set(numbers) & set(other_numbers)
    assert folders == [str(tmp_path / "first")] * 2
    assert other_folders == [str(tmp_path / "second")] * 2


async def test_what_one_child_changes_another_does_not_see(tmp_path: Path) -> None:
    work = f"SEEN.append(1)\n{ANSWERS.format('SEEN')}"
    async with TemplateProcess(template_program(work, "SEEN = []")) as template:
        for name in ("first", "second"):
            assert await answer(request_in(tmp_path / name), template) == [1]


async def test_a_template_that_has_died_is_started_anew_for_the_next_analysis(tmp_path: Path) -> None:
    async with TemplateProcess(template_program(ANSWERS.format("os.getppid()"))) as template:
        first = await answer(request_in(tmp_path / "first"), template)
        (process,) = templates(WORDS)
        assert process.pid == first
        process.kill()
        with capture_logs() as logs:
            assert await answer(request_in(tmp_path / "second"), template) != first
    assert [entry["event"] for entry in logs] == ["template_died"]


async def test_a_child_ends_with_its_template_and_its_analysis_fails_as_internal(tmp_path: Path) -> None:
    request = request_in(tmp_path / "work")
    async with TemplateProcess(waits()) as template, waiting(request, template) as task:
        (child,) = analyses(WORDS)
        templates(WORDS)[0].kill()
        with pytest.raises(AnalysisFailed) as caught:
            await asyncio.wait_for(task, 60)
        assert caught.value.code is FailureCode.INTERNAL, "which is tried again"
        assert not child.is_running()
        assert list(request.work_folder.iterdir()) == []


async def test_a_template_that_cannot_start_fails_the_analysis_as_internal(tmp_path: Path) -> None:
    async with TemplateProcess((sys.executable, "-c", "raise SystemExit(1)")) as template:
        with pytest.raises(AnalysisFailed) as caught:
            await run_isolated(request_in(tmp_path / "work"), ChildLimits(), ignore, template)
    assert caught.value.code is FailureCode.INTERNAL


async def test_a_child_that_cannot_be_forked_fails_its_analysis_and_no_other(tmp_path: Path) -> None:
    refused_after_one = (
        "fork = os.fork\n"
        "def refuse():\n"
        "    raise BlockingIOError\n"
        "def fork_once():\n"
        "    os.fork = refuse\n"
        "    return fork()\n"
        "os.fork = fork_once"
    )
    program = template_program("report('decode', 30)\nsignal.pause()", refused_after_one)
    async with TemplateProcess(program) as template, waiting(request_in(tmp_path / "first"), template) as task:
        with pytest.raises(AnalysisFailed) as caught:
            await run_isolated(request_in(tmp_path / "second"), ChildLimits(seconds=60), ignore, template)
        assert caught.value.code is FailureCode.INTERNAL
        assert not task.done()
        assert len(analyses(WORDS)) == 1


async def test_nothing_is_left_at_the_end_of_the_block(tmp_path: Path) -> None:
    async with TemplateProcess(waits()) as template, waiting(request_in(tmp_path / "work"), template):
        assert len(analyses(WORDS)) == 1
    assert templates(WORDS) == []


async def test_cancelling_one_analysis_leaves_the_others_of_its_template_running(tmp_path: Path) -> None:
    async with TemplateProcess(waits()) as template, waiting(request_in(tmp_path / "first"), template) as first:
        (child,) = analyses(WORDS)
        async with waiting(request_in(tmp_path / "second"), template):
            assert len(analyses(WORDS)) == 2
        assert analyses(WORDS) == [child]
        assert not first.done()
