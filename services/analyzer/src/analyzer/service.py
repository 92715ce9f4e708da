"""Composition of the analyzer: its consumer, its workers and their dependencies."""

import asyncio
from datetime import timedelta
from importlib.metadata import version

import structlog

from analyzer.application.attempt import AnalyzerDependencies
from analyzer.application.event_handlers import JobEventHandler
from analyzer.application.result_cache import ResultCache
from analyzer.application.work_folder import prepare_work_dir, refuse_foreign_content
from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.cage import missing_protections
from analyzer.isolation.capacity import capacity
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.template_process import TemplateProcess
from analyzer.settings import AnalyzerSettings
from california_gold_contracts.topics import JOBS
from chassis.messaging.delivery import RetryPolicy
from chassis.messaging.fair_consumer import FairConsumer
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.disk_space import DiskSpace
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import PREFIX, InvalidSettings

NAME = "analyzer"
_log = structlog.get_logger()
_RETRY_POLICY = RetryPolicy(stuck_after=timedelta(hours=2))


def build(infrastructure: Infrastructure, settings: AnalyzerSettings) -> Service:
    """Compose the analyzer. It has no HTTP routes: it consumes events of jobs and publishes events of analyses.

    Raises `InvalidSettings` when the cage is required and the kernel lacks a part of it, and for a work folder that
    holds something else.
    """
    missing = missing_protections()
    if missing and settings.analyzer_require_cage:
        raise InvalidSettings(f"{PREFIX}ANALYZER_REQUIRE_CAGE: this kernel has no {' and no '.join(missing)}")
    dependencies = _dependencies(infrastructure, settings)
    refuse_foreign_content(dependencies.work_dir)
    events = JobEventHandler(dependencies)
    parallel = capacity(settings.analyzer_parallel, settings.analyzer_memory_bytes)
    consumer = FairConsumer(
        infrastructure,
        NAME,
        [JOBS],
        events.handle,
        retry_policy=_RETRY_POLICY,
        user_of=events.owner_waiting_for,
        parallel=parallel,
    )

    async def consume() -> None:
        if missing:
            _log.warning("cage_incomplete", missing=missing)
        if parallel < (settings.analyzer_parallel or 1):
            _log.warning("analyses_limited_by_memory", parallel=parallel, wanted=settings.analyzer_parallel)
        await asyncio.to_thread(prepare_work_dir, dependencies.work_dir)
        await consumer.run()

    async def keep_template() -> None:
        async with dependencies.template as template:
            await template.keep_running()

    worker = Worker(
        consumer.worker.name,
        consume,
        consumer.stuck,
        consumer.measure,
        durations=dependencies.durations.histograms,
    )
    watch = Worker("analyzer:watch", events.watch, measure=_disk(settings).measure)
    return Service(
        NAME,
        workers=[worker, watch, Worker("analyzer:template", keep_template)],
    )


def _disk(settings: AnalyzerSettings) -> DiskSpace:
    return DiskSpace("WORK_DIR", settings.work_dir or settings.data_dir / "work", settings.min_free_bytes)


def _dependencies(infrastructure: Infrastructure, settings: AnalyzerSettings) -> AnalyzerDependencies:
    configuration = AnalysisConfiguration(model_manifest=settings.analyzer_model)
    limits = ChildLimits(
        address_space_bytes=settings.analyzer_memory_bytes,
        seconds=settings.analyzer_seconds,
        seconds_with_model=settings.analyzer_seconds_with_model,
    )
    work_dir = settings.work_dir or settings.data_dir / "work"
    result_cache = ResultCache(infrastructure, configuration.digest())
    program = f"california-gold-analyzer {version('california-gold-analyzer')}"
    return AnalyzerDependencies(
        infrastructure, result_cache, configuration, limits, TemplateProcess(), work_dir.absolute(), program
    )
