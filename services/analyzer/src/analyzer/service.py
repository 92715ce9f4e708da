"""The analyzer, wired."""

import asyncio
from datetime import timedelta
from importlib.metadata import version

from analyzer.application.attempt import Analyst
from analyzer.application.earlier_results import EarlierResults
from analyzer.application.reactions import Reactions
from analyzer.application.work_folder import prepare
from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.limits import ChildLimits
from analyzer.settings import AnalyzerSettings
from california_gold_contracts.topics import JOBS
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import RetryPolicy
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service, Worker

NAME = "analyzer"
_RETRY_POLICY = RetryPolicy(stuck_after=timedelta(hours=2))


def build(infrastructure: Infrastructure, settings: AnalyzerSettings) -> Service:
    """Wire the analyzer. It has no routes: jobs reach it, and leave it, as events."""
    analyst = _analyst(infrastructure, settings)
    reactions = Reactions(analyst)
    consumer = Consumer(infrastructure, NAME, [JOBS], reactions.handle, max_batch=1, retry_policy=_RETRY_POLICY)

    async def analyse() -> None:
        await asyncio.to_thread(prepare, analyst.work_dir)
        await consumer.run()

    analysing = Worker(consumer.worker.name, analyse, consumer.stuck, consumer.measure)
    return Service(NAME, workers=[analysing, Worker("analyzer:watch", reactions.watch)])


def _analyst(infrastructure: Infrastructure, settings: AnalyzerSettings) -> Analyst:
    configuration = AnalysisConfiguration(model_manifest=settings.analyzer_model)
    limits = ChildLimits(
        address_space_bytes=settings.analyzer_memory_bytes,
        seconds=settings.analyzer_seconds,
        seconds_with_model=settings.analyzer_seconds_with_model,
    )
    work_dir = settings.work_dir or settings.data_dir / "work"
    earlier = EarlierResults(infrastructure, configuration.digest())
    program = f"california-gold-analyzer {version('california-gold-analyzer')}"
    return Analyst(infrastructure, earlier, configuration, limits, work_dir.absolute(), program)
