import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psutil
import pytest
from structlog.testing import capture_logs

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from chassis.commands.message import Message
from services.analyzer.tests.isolation.analysing import analysed
from testkit.child_processes import analyses, template_program

LIMITS = ChildLimits(address_space_bytes=2 << 30, seconds=60)
SPIN = "report('decode', 30)\nwhile True: pass"


async def failure_of(
    request: AnalysisRequest, program: tuple[str, ...], limits: ChildLimits = LIMITS
) -> AnalysisFailed:
    with pytest.raises(AnalysisFailed) as caught:
        await analysed(request, program, limits)
    return caught.value


def children() -> list[psutil.Process]:
    return analyses("serve(lambda: work)")


@asynccontextmanager
async def running(request: AnalysisRequest, program: tuple[str, ...]) -> AsyncGenerator["asyncio.Task[object]"]:
    """Run until the child has reported its first step."""
    started = asyncio.Event()

    async def on_progress(_stage: str, _progress: int) -> None:
        started.set()

    task: asyncio.Task[object] = asyncio.create_task(analysed(request, program, LIMITS, on_progress))
    async with asyncio.timeout(30):
        await started.wait()
    yield task


async def test_a_child_above_the_memory_limit_fails_as_out_of_memory(analysis_request: AnalysisRequest) -> None:
    failure = await failure_of(analysis_request, template_program("bytearray(3 << 30)"))
    assert failure.code is FailureCode.OUT_OF_MEMORY


async def test_a_child_beyond_the_time_limit_fails_as_timeout(analysis_request: AnalysisRequest) -> None:
    failure = await failure_of(analysis_request, template_program(SPIN), ChildLimits(seconds=1))
    assert failure.code is FailureCode.TIMEOUT
    assert children() == []


async def test_a_killed_child_fails_as_internal(analysis_request: AnalysisRequest) -> None:
    async with running(analysis_request, template_program(SPIN)) as task:
        children()[0].kill()
        with pytest.raises(AnalysisFailed) as caught:
            await task
    assert caught.value.code is FailureCode.INTERNAL


async def test_a_child_beyond_the_cpu_limit_fails_as_timeout(analysis_request: AnalysisRequest) -> None:
    spent = "os.kill(os.getpid(), signal.SIGXCPU)"
    assert (await failure_of(analysis_request, template_program(spent))).code is FailureCode.TIMEOUT


async def test_a_failed_child_reports_its_code_and_its_message_in_both_languages(
    analysis_request: AnalysisRequest,
) -> None:
    work = "raise AnalysisFailed(FailureCode.NO_IMAGE, Message('Снимков нет', 'No images'))"
    failure = await failure_of(analysis_request, template_program(work))
    assert (failure.code, failure.message) == (FailureCode.NO_IMAGE, Message("Снимков нет", "No images"))


async def test_a_crash_is_logged_with_its_stack_frames_and_without_its_text(
    analysis_request: AnalysisRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    crash = "print('CANARY')\nprint('CANARY', file=sys.stderr)\nraise ValueError('CANARY')"
    with capture_logs() as logs:
        failure = await failure_of(analysis_request, template_program(crash))
    assert failure.code is FailureCode.INTERNAL
    assert logs[0]["trace"][0] == "ValueError"
    assert "CANARY" not in str(logs) + str(failure) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "output",
    [
        r"b'nonsense\n'",
        "b'x' * 200_000",
        r"""b'{"type": "progressed", "stage": "decode", "progress": 101}\n'""",
    ],
    ids=["nonsense", "endless line", "beyond 100"],
)
async def test_a_child_that_violates_the_protocol_fails_as_internal(
    analysis_request: AnalysisRequest, output: str
) -> None:
    assert (
        await failure_of(analysis_request, template_program(f"os.write(3, {output})\n{SPIN}"))
    ).code is FailureCode.INTERNAL


async def test_a_child_that_ends_without_a_result_fails_as_internal(analysis_request: AnalysisRequest) -> None:
    assert (await failure_of(analysis_request, template_program("pass"))).code is FailureCode.INTERNAL


async def test_a_failed_analysis_leaves_an_empty_work_folder(analysis_request: AnalysisRequest) -> None:
    await failure_of(analysis_request, template_program("open('left', 'w')\nopen('output/left', 'w')\nraise KeyError"))
    assert list(analysis_request.work_folder.iterdir()) == []


async def test_cancelling_ends_the_child_and_empties_the_work_folder_within_two_seconds(
    analysis_request: AnalysisRequest,
) -> None:
    async with running(analysis_request, template_program(SPIN)) as task:
        task.cancel()
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await task
    assert children() == []
    assert list(analysis_request.work_folder.iterdir()) == []


async def test_progress_is_reported_in_rising_order(analysis_request: AnalysisRequest) -> None:
    reported: list[tuple[str, int]] = []

    async def record(stage: str, progress: int) -> None:
        reported.append((stage, progress))

    steps = "for step in [('verify', 6), ('index', 12), ('index', 13), ('verify', 7), ('decode', 30)]: report(*step)"
    with pytest.raises(AnalysisFailed):
        await analysed(analysis_request, template_program(steps), LIMITS, record)
    assert reported == [("verify", 6), ("index", 12), ("decode", 30)]


async def test_an_error_of_the_progress_callback_ends_the_child(analysis_request: AnalysisRequest) -> None:
    async def fail(_stage: str, _progress: int) -> None:
        raise ValueError("the bus is unavailable")

    with pytest.raises(ValueError, match="the bus is unavailable"):
        await analysed(analysis_request, template_program(SPIN), LIMITS, fail)
    assert children() == []


async def test_a_child_inherits_neither_secrets_nor_open_files(
    analysis_request: AnalysisRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_S3_SECRET_KEY", "secret")
    descriptor = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(descriptor, True)  # noqa: FBT003
    work = (
        "opened = []\n"
        "for number in range(256):\n"
        "    try:\n"
        "        os.fstat(number)\n"
        "        opened.append(number)\n"
        "    except OSError:\n"
        "        pass\n"
        "raise AnalysisFailed(FailureCode.NO_IMAGE, Message('', f'{sorted(os.environ)} {opened}'))"
    )
    failure = await failure_of(analysis_request, template_program(work))
    os.close(descriptor)
    assert "CALIFORNIA_GOLD" not in failure.message.en
    assert failure.message.en.endswith("[0, 1, 2, 3]"), "stdin, stdout, stderr and the messages"


async def test_a_child_runs_with_limits_for_core_dumps_file_size_and_memory(analysis_request: AnalysisRequest) -> None:
    work = (
        "r = resource\n"
        "bounds = [r.getrlimit(limit)[0] for limit in (r.RLIMIT_CORE, r.RLIMIT_FSIZE, r.RLIMIT_AS)]\n"
        "raise AnalysisFailed(FailureCode.NO_IMAGE, Message('', str(bounds)))"
    )
    failure = await failure_of(analysis_request, template_program(work))
    assert failure.message.en == str([0, LIMITS.file_bytes, LIMITS.address_space_bytes])
