"""jobs-query as a service."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope
from chassis.commands.text_sealing import TextSealing
from chassis.http.routing import router_of
from chassis.messaging.confirmation import Confirmation
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.changes import write
from chassis.projections.projector import Projector
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from jobs_query import messages
from jobs_query.application.confirmed_events import confirm_events
from jobs_query.application.history import History
from jobs_query.application.jobs import Jobs
from jobs_query.entrypoints.errors import ERRORS
from jobs_query.entrypoints.file_routes import FileRoutes
from jobs_query.entrypoints.job_routes import JobRoutes
from jobs_query.entrypoints.zip_routes import ZipRoutes
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.routes import StatsRoutes

NAME = "jobs-query"


def build(infrastructure: Infrastructure, settings: Settings, statistics_workers: Sequence[Worker] = ()) -> Service:
    """Wire the service. `statistics_workers` count the statistics; none where another process does."""
    documents, events = infrastructure.documents, infrastructure.events
    texts = TextSealing(infrastructure.text_keys)
    job_projector = Projector(JobProjection(), documents, events, texts)
    files_projector = Projector(JobFilesProjection(), documents, events, texts)

    confirmation = Confirmation(events)

    async def project(envelopes: Sequence[Envelope]) -> None:
        await confirm_events(envelopes, confirmation)
        opened = await texts.opened(envelopes)
        # Files first: other services wait for the read model of the job, whose files must then be there.
        await write([*await files_projector.changes(opened), *await job_projector.changes(opened)])

    return Service(
        name=NAME,
        router=_router(infrastructure, settings),
        workers=[Consumer(infrastructure, NAME, [topics.JOBS], project).worker, *statistics_workers],
        errors=ERRORS,
    )


def _router(infrastructure: Infrastructure, settings: Settings) -> APIRouter:
    documents, objects = infrastructure.documents, infrastructure.objects
    jobs = Jobs(documents, timedelta(milliseconds=settings.await_read_model_ms))
    router = APIRouter()
    for routes in (
        JobRoutes(jobs, History(infrastructure.events, TextSealing(infrastructure.text_keys))),
        FileRoutes(jobs, objects),
        ZipRoutes(jobs, objects),
        StatsRoutes(StatisticsQueries(documents), infrastructure.clock),
    ):
        router.include_router(router_of(routes, messages.JOBS_SECTION))
    return router
