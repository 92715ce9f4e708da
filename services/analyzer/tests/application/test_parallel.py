"""Several analyses at once: no more than may run, no effect on results, and none disturbs another."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from analyzer.isolation.template_process import TemplateProcess
from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from california_gold_contracts import analysis, catalog, jobs
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from testkit.child_processes import analyses, template_program, templates
from testkit.eventually import eventually
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest
from testkit.requested_attempts import append, submit
from testkit.running import running

A, B = 1, 2
GIB = 1 << 30
WORDS = "serve(lambda: work)"
WAITS_FOR_LEAVE = """
while not os.path.exists('leave'):
    time.sleep(0.01)
raise AnalysisFailed(FailureCode.NO_IMAGE, Message('', ''))
"""
Run = Callable[[int], AbstractAsyncContextManager[None]]


def has_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    def memory(_root: Path) -> int:
        return size

    monkeypatch.setattr("analyzer.isolation.capacity.memory", memory)


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened, running(Relay(opened, JOBS, ["job"]).run()):
        yield opened


@pytest.fixture
def analysing(infrastructure: Infrastructure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the analyzer with so many analyses at once, on a machine with memory for them."""
    has_memory(monkeypatch, 64 * GIB)

    @asynccontextmanager
    async def run(parallel: int) -> AsyncGenerator[None]:
        service = build(infrastructure, AnalyzerSettings(data_dir=tmp_path / "data", analyzer_parallel=parallel))
        async with running(*(worker.run() for worker in service.workers)):
            yield

    return run


@pytest.fixture
def waiting_for_leave(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bytes], None]:
    """Make each analysis wait until it is given leave, by the content of its upload."""
    monkeypatch.setattr("analyzer.service.TemplateProcess", partial(TemplateProcess, template_program(WAITS_FOR_LEAVE)))

    def give_leave(upload: bytes) -> None:
        (folder,) = (folder for folder in (tmp_path / "data" / "work").iterdir() if _upload(folder) == upload)
        (folder / "leave").touch()

    return give_leave


def _upload(folder: Path) -> bytes:
    return (folder / "upload").read_bytes() if (folder / "upload").exists() else b""


async def _events(infrastructure: Infrastructure, kind: type[analysis.AttemptEvent]) -> list[Any]:
    found: list[Any] = []
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        if not batch:
            break
        envelopes = [message.envelope() for message in batch]
        found += [catalog.ANALYSIS.decode(envelope.type, envelope.data) for envelope in envelopes]
    return [event for event in found if isinstance(event, kind)]


async def _jobs(infrastructure: Infrastructure, kind: type[analysis.AttemptEvent], *expected: UUID) -> None:
    """Wait until exactly these jobs have an event of this kind."""

    async def have() -> bool:
        return {event.job_id for event in await _events(infrastructure, kind)} == set(expected)

    await eventually(have, within=60, pause=0.1)


async def _run(count: int) -> None:
    """Wait until so many children run."""

    async def so_many() -> bool:
        return len(analyses(WORDS)) == count

    await eventually(so_many, within=60, pause=0.05)


async def test_a_job_beyond_the_bound_waits(
    infrastructure: Infrastructure, analysing: Run, waiting_for_leave: Callable[[bytes], None]
) -> None:
    first, second, third = [await submit(infrastructure, A, b"%d" % number) for number in range(3)]
    async with analysing(2):
        await _jobs(infrastructure, analysis.AnalysisStarted, first, second)
        await _run(2)
        waiting_for_leave(b"1")
        await _jobs(infrastructure, analysis.AnalysisStarted, first, second, third)
        await _jobs(infrastructure, analysis.AnalysisFailed, second)
        await _run(2)
    assert templates(WORDS) == []


async def test_another_users_job_gets_the_first_place_that_is_free(
    infrastructure: Infrastructure, analysing: Run, waiting_for_leave: Callable[[bytes], None]
) -> None:
    of_a = [await submit(infrastructure, A, b"a%d" % number) for number in range(4)]
    async with analysing(2):
        await _run(2)
        of_b = await submit(infrastructure, B, b"b")
        await eventually(lambda: _is_read_ahead(infrastructure), within=60)
        waiting_for_leave(b"a0")
        await _jobs(infrastructure, analysis.AnalysisStarted, *of_a[:2], of_b)


async def _is_read_ahead(infrastructure: Infrastructure) -> bool:
    """Return whether the relay has published all jobs, and the consumer has had time to read them."""
    (lag,) = await infrastructure.bus.lag([JOBS.name], "analyzer")
    await asyncio.sleep(0.5)
    return lag.behind == 5


async def test_cancelling_a_job_ends_its_child_only(
    infrastructure: Infrastructure, analysing: Run, waiting_for_leave: Callable[[bytes], None]
) -> None:
    first, second = [await submit(infrastructure, A, b"%d" % number) for number in range(2)]
    async with analysing(2):
        await _run(2)
        await append(infrastructure, jobs.JobCancelled(job_id=first, attempt=1))
        await _run(1)
        waiting_for_leave(b"1")
        await _jobs(infrastructure, analysis.AnalysisFailed, second)


async def test_a_job_that_is_requeued_while_it_runs_runs_its_new_attempt_only(
    infrastructure: Infrastructure, analysing: Run, waiting_for_leave: Callable[[bytes], None]
) -> None:
    job = await submit(infrastructure, A, b"x")
    async with analysing(2):
        await _run(1)
        (child,) = analyses(WORDS)
        await append(infrastructure, jobs.JobCancelled(job_id=job, attempt=1))
        await append(infrastructure, jobs.JobRequeued(job_id=job, attempt=2))
        await eventually(lambda: _has_second_attempt(infrastructure), within=60)
        assert not child.is_running()
        await _run(1)
        waiting_for_leave(b"x")
        await _jobs(infrastructure, analysis.AnalysisFailed, job)
    assert [event.attempt for event in await _events(infrastructure, analysis.AnalysisFailed)] == [2]


async def _has_second_attempt(infrastructure: Infrastructure) -> bool:
    return 2 in [event.attempt for event in await _events(infrastructure, analysis.AnalysisStarted)]


async def test_analyses_that_are_stopped_leave_nothing_and_are_run_by_the_next_process(
    infrastructure: Infrastructure, analysing: Run, waiting_for_leave: Callable[[bytes], None], tmp_path: Path
) -> None:
    both = [await submit(infrastructure, A, b"%d" % number) for number in range(2)]
    async with analysing(2):
        await _run(2)
    assert templates(WORDS) == []
    assert list((tmp_path / "data" / "work").iterdir()) == []
    async with analysing(2):
        await _run(2)
        for upload in (b"0", b"1"):
            waiting_for_leave(upload)
        await _jobs(infrastructure, analysis.AnalysisFailed, *both)


async def test_a_job_whose_template_dies_is_analysed_again_and_does_not_fail(
    infrastructure: Infrastructure, analysing: Run, tmp_path: Path
) -> None:
    path = write_ct_zip(small_chest().volume, tmp_path / "chest.zip")
    job = await submit(infrastructure, A, path.read_bytes())
    async with analysing(1):
        await eventually(lambda: _any_analysis(), within=60)
        templates()[0].kill()
        await eventually(lambda: _completed(infrastructure, 1), within=240)
    assert await _events(infrastructure, analysis.AnalysisFailed) == []
    assert [event.job_id for event in await _events(infrastructure, analysis.AnalysisCompleted)] == [job]


async def _any_analysis() -> bool:
    return bool(analyses())


async def _completed(infrastructure: Infrastructure, count: int) -> bool:
    return len(await _events(infrastructure, analysis.AnalysisCompleted)) == count


async def test_a_bound_that_does_not_fit_into_the_memory_is_lowered_and_told_once(
    infrastructure: Infrastructure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_memory(monkeypatch, 9 * GIB)
    service = build(infrastructure, AnalyzerSettings(data_dir=tmp_path / "data", analyzer_parallel=8))
    with capture_logs() as logs:
        async with running(service.workers[0].run()):
            await eventually(lambda: _told(logs), within=30)
    assert [entry for entry in logs if entry["event"] == "analyses_limited_by_memory"] == [
        {"event": "analyses_limited_by_memory", "parallel": 2, "wanted": 8, "log_level": "warning"}
    ]


async def _told(logs: list[Any]) -> bool:
    return any(entry["event"] == "analyses_limited_by_memory" for entry in logs)
