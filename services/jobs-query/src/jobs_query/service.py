"""jobs-query as a service."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fastapi import APIRouter

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope
from chassis.http.documentation import Tag
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from jobs_query.application.history import History
from jobs_query.application.jobs import Jobs
from jobs_query.domain.errors import (
    AdministratorsOnly,
    FileMissing,
    InvalidZip,
    JobNotFound,
    NoResult,
    NoZip,
    RevisionNotReached,
)
from jobs_query.entrypoints.file_routes import FileRoutes, add_file_routes
from jobs_query.entrypoints.job_routes import JobRoutes, add_job_routes
from jobs_query.entrypoints.zip_routes import ZipRoutes, add_zip_routes
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.routes import StatsRoutes, add_stats_route

NAME = "jobs-query"
ERRORS: Mapping[type[Exception], int] = {
    JobNotFound: 404,
    AdministratorsOnly: 403,
    FileMissing: 404,
    NoResult: 404,
    RevisionNotReached: 409,
    NoZip: 400,
    InvalidZip: 400,
}


def build(infrastructure: Infrastructure, settings: Settings, counting: Sequence[Worker] = ()) -> Service:
    """Wire the service. `counting` keeps the statistics; none where another process does."""
    documents, events = infrastructure.documents, infrastructure.events
    jobs = Jobs(documents, timedelta(milliseconds=settings.await_read_model_ms))
    router = APIRouter(tags=[Tag.JOBS])
    add_job_routes(router, JobRoutes(jobs, History(events)))
    add_file_routes(router, FileRoutes(jobs, infrastructure.objects))
    add_zip_routes(router, ZipRoutes(jobs, infrastructure.objects))
    add_stats_route(router, StatsRoutes(StatisticsQueries(documents), infrastructure.clock))
    job_projector = Projector(JobProjection(), documents, events)
    files_projector = Projector(JobFilesProjection(), documents, events)

    async def project(envelopes: Sequence[Envelope]) -> None:
        # Whoever sees a job finds its files: others wait for the job alone.
        await files_projector.project(envelopes)
        await job_projector.project(envelopes)

    return Service(
        name=NAME,
        router=router,
        workers=[Consumer(infrastructure, NAME, [topics.JOBS], project).worker, *counting],
        errors=ERRORS,
    )
