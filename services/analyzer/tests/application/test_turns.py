"""Attempts are run in turns between users; one that timed out is tried once more, after the others."""

from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from analyzer.isolation.template_process import TemplateProcess
from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from california_gold_contracts import analysis, catalog
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from testkit.child_processes import template_program
from testkit.eventually import eventually
from testkit.requested_attempts import submit
from testkit.running import running

A, B = 1, 2


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


async def published(infrastructure: Infrastructure) -> list[Any]:
    """Return the events of analyses, in the order of their topic."""
    found: list[Any] = []
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        if not batch:
            return found
        envelopes = [message.envelope() for message in batch]
        found += [catalog.ANALYSIS.decode(envelope.type, envelope.data) for envelope in envelopes]
    return found


async def run_all(infrastructure: Infrastructure, settings: AnalyzerSettings, jobs: list[UUID]) -> list[Any]:
    """Run the analyzer until each job's attempt has failed; return all events."""
    service = build(infrastructure, settings)
    work = [Relay(infrastructure, JOBS, ["job"]).run(), *(worker.run() for worker in service.workers)]

    async def have_failed() -> bool:
        failed = {
            event.job_id for event in await published(infrastructure) if isinstance(event, analysis.AnalysisFailed)
        }
        return failed == set(jobs)

    async with running(*work):
        await eventually(have_failed, within=240, pause=0.2)
    return await published(infrastructure)


def starts(events: list[Any]) -> list[UUID]:
    return [event.job_id for event in events if isinstance(event, analysis.AnalysisStarted)]


async def test_five_jobs_of_one_user_delay_the_job_of_another_by_one(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    of_a = [await submit(infrastructure, A, b"no archive %d" % number) for number in range(5)]
    of_b = await submit(infrastructure, B, b"no archive")
    settings = AnalyzerSettings(data_dir=tmp_path / "data", analyzer_parallel=1)
    events = await run_all(infrastructure, settings, [*of_a, of_b])
    assert starts(events) == [of_a[0], of_b, *of_a[1:]]


async def test_an_attempt_that_times_out_is_tried_once_more_after_the_others(
    infrastructure: Infrastructure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = partial(TemplateProcess, template_program("signal.pause()"))
    monkeypatch.setattr("analyzer.service.TemplateProcess", endless)
    settings = AnalyzerSettings(data_dir=tmp_path / "data", analyzer_seconds=1, analyzer_parallel=1)
    first, second = [await submit(infrastructure, A, b"no archive %d" % number) for number in range(2)]
    of_b = await submit(infrastructure, B, b"no archive")
    events = await run_all(infrastructure, settings, [first, second, of_b])
    assert starts(events) == [first, of_b, second] * 2
    failures = [event for event in events if isinstance(event, analysis.AnalysisFailed)]
    assert [failure.job_id for failure in failures] == [first, of_b, second]
    assert {failure.reason for failure in failures} == {"TIMEOUT"}
