"""Benchmark: what a refused job costs, and what a second analysis at the same time gains.

The refused jobs go through the analyzer as a service, in embedded mode: from the event that asks for the attempt to the
event that says why it failed. Analyses in turn and two at once alternate, so that other load meets both.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from benchmarks.table import Row
from california_gold_contracts import analysis
from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from testkit.child_processes import templates
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest
from testkit.requested_attempts import submit
from testkit.running import running

_WARM_UP, _JOBS, _ROUNDS = 3, 30, 3
_MOST_PROCESSOR_MS, _MOST_MS, _LEAST_GAIN = 60, 100, 1.6


def rows() -> list[Row]:
    """Return the costs of a refused job, and the gain of two analyses at once on two processors."""
    processor, elapsed = asyncio.run(_refused())
    in_turn, at_once = asyncio.run(_in_turn_and_at_once())
    gain = in_turn / at_once
    return [
        _milliseconds("processor time of a refused job, all processes", processor, _MOST_PROCESSOR_MS),
        _milliseconds("refused job, from started to failed, median", elapsed, _MOST_MS),
        Row(
            f"two analyses of 64x160x160 at once against one after the other, best of {_ROUNDS}, gain in throughput",
            f"{gain:.2f} ({in_turn:.1f} s in turn, {at_once:.1f} s at once)",
            f"at least {_LEAST_GAIN}",
            gain / _LEAST_GAIN,
        ),
    ]


def _milliseconds(what: str, seconds: float, most: float) -> Row:
    return Row(what, f"{seconds * 1000:.0f} ms", f"at most {most} ms", most / (seconds * 1000))


async def _refused() -> tuple[float, float]:
    """Return the processor time and the median time of a job without an image, in seconds."""
    with TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as infrastructure:
            service = build(infrastructure, AnalyzerSettings(data_dir=Path(folder), analyzer_parallel=1))
            relay = Relay(infrastructure, JOBS, ["job"]).run()
            async with running(relay, *(worker.run() for worker in service.workers)):
                await _all_refused(infrastructure, _WARM_UP)
                before = _processor_seconds()
                times = await _all_refused(infrastructure, _JOBS)
                return (_processor_seconds() - before) / _JOBS, median(times)


async def _all_refused(infrastructure: Infrastructure, count: int) -> Sequence[float]:
    jobs = {str(await submit(infrastructure, 1, b"no image, %d" % number)) for number in range(count)}
    started: dict[str, datetime] = {}
    times: dict[str, float] = {}
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        for envelope in _of(jobs, [from_message(message.headers, message.value) for message in batch]):
            if envelope.type == analysis.AnalysisStarted.wire_type:
                started[envelope.subject] = envelope.time
            elif envelope.type == analysis.AnalysisFailed.wire_type:
                times[envelope.subject] = (envelope.time - started[envelope.subject]).total_seconds()
        if len(times) == count:
            break
    return list(times.values())


def _of(jobs: set[str], envelopes: Sequence[Envelope]) -> list[Envelope]:
    return [envelope for envelope in envelopes if envelope.subject in jobs]


def _processor_seconds() -> float:
    """Return the processor time of this process, of the template and of the children that it has had."""
    of_templates = [template.cpu_times() for template in templates()]
    return time.process_time() + sum(
        times.user + times.system + times.children_user + times.children_system for times in of_templates
    )


async def _in_turn_and_at_once() -> tuple[float, float]:
    """Return the least seconds of two analyses, one after the other and at once."""
    with TemporaryDirectory() as folder:
        archive = write_ct_zip(small_chest().volume, Path(folder) / "series.zip")
        async with TemplateProcess() as template:
            await _analyses(template, archive, 1)
            pairs = [
                (await _analyses(template, archive, 1), await _analyses(template, archive, 2)) for _ in range(_ROUNDS)
            ]
    in_turn, at_once = zip(*pairs, strict=True)
    return min(in_turn), min(at_once)


async def _analyses(template: TemplateProcess, archive: Path, at_once: int) -> float:
    """Return the seconds of two analyses, so many at a time."""
    places = asyncio.Semaphore(at_once)

    async def analyse() -> None:
        async with places:
            await _analyse(template, archive)

    started = time.perf_counter()
    await asyncio.gather(analyse(), analyse())
    return time.perf_counter() - started


async def _analyse(template: TemplateProcess, archive: Path) -> None:
    with TemporaryDirectory() as folder:
        request = AnalysisRequest(
            files=(archive,), work_folder=Path(folder), configuration=AnalysisConfiguration(), key=b"key"
        )
        await run_isolated(request, ChildLimits(), _ignore_progress, template)


async def _ignore_progress(stage: str, percent: int) -> None:
    pass
