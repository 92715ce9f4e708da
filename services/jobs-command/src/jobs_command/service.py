"""The service jobs-command: its routes and workers."""

from collections.abc import Sequence
from datetime import timedelta

from california_gold_contracts import catalog, topics
from chassis.audit.http import with_audit
from chassis.commands.aggregate import Aggregates, OwnedTexts
from chassis.commands.sequence import NumberSequence
from chassis.commands.text_sealing import TextSealing
from chassis.http import routing
from chassis.http.file_uploads import FileUploads
from chassis.messaging.confirmation import Confirmation
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.quotas import Quotas, allowance
from chassis.quotas.usage_counter import UsageCounter
from chassis.runtime.orphan_sweeper import OrphanSweeper
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from jobs_command.application.event_handlers import AnalysisEventHandler, DeletionProcess
from jobs_command.application.job_ids import JobIds
from jobs_command.application.job_objects import JobObjects
from jobs_command.application.job_usage import counted
from jobs_command.application.jobs import Jobs
from jobs_command.application.jobs_by_owner import JobsByOwner
from jobs_command.application.orphans import JobOrphans
from jobs_command.application.read_your_writes import ReadYourWrites
from jobs_command.domain.commands import Command
from jobs_command.domain.job import JOB, Job, owner_of
from jobs_command.entrypoints.audit import AUDITED
from jobs_command.entrypoints.errors import ERRORS
from jobs_command.entrypoints.routes import JobRoutes
from jobs_command.entrypoints.upload_handler import UploadHandler
from jobs_command.messages import JOBS_SECTION

NAME = "jobs-command"
SOURCE = "/california-gold/jobs-command"
_DELETION_INTERVAL = timedelta(seconds=1)


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Return the service on an infrastructure."""
    texts = OwnedTexts[Job | None](TextSealing(infrastructure.text_keys), owner_of)
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, SOURCE, texts)
    routes = _routes(infrastructure, settings, aggregates)
    return Service(
        name=NAME,
        router=with_audit(routing.router_of(routes, JOBS_SECTION), infrastructure, AUDITED),
        workers=[
            *_workers(infrastructure, aggregates),
            orphan_sweeper(infrastructure, settings, aggregates).worker,
        ],
        errors=ERRORS,
    )


def _routes(
    infrastructure: Infrastructure, settings: Settings, aggregates: Aggregates[Job | None, Command]
) -> JobRoutes:
    events, objects = infrastructure.events, infrastructure.objects
    numbers = NumberSequence(events, infrastructure.clock, "jobnumber", SOURCE)
    read_timeout = timedelta(milliseconds=settings.await_read_model_ms)
    return JobRoutes(
        Jobs(aggregates, numbers, JobIds(infrastructure.keys), objects),
        ReadYourWrites(
            infrastructure.documents,
            events,
            TextSealing(infrastructure.text_keys),
            read_timeout,
            infrastructure.announcements,
        ),
        UploadHandler(FileUploads(objects, settings.max_upload_bytes)),
        Quotas(infrastructure.documents, allowance(settings)),
    )


def _workers(infrastructure: Infrastructure, aggregates: Aggregates[Job | None, Command]) -> Sequence[Worker]:
    objects = JobObjects(infrastructure.objects)
    analysis = AnalysisEventHandler(aggregates, objects)
    confirmation = Confirmation(infrastructure.events)
    deletions = DeletionProcess(aggregates, JobsByOwner(infrastructure.documents), objects, confirmation)
    deletion_topics = [topics.USERS, topics.JOBS]
    return [
        Relay(infrastructure, topics.JOBS, ["job"]).worker,
        UsageCounter(infrastructure, "job", catalog.JOBS, counted).worker,
        Consumer(infrastructure, NAME, [topics.ANALYSIS], analysis.handle).worker,
        Consumer(
            infrastructure, f"{NAME}-deletions", deletion_topics, deletions.handle, min_interval=_DELETION_INTERVAL
        ).worker,
    ]


def orphan_sweeper(
    infrastructure: Infrastructure, settings: Settings, aggregates: Aggregates[Job | None, Command]
) -> OrphanSweeper:
    """Return the sweeper of objects that no job refers to."""
    return OrphanSweeper(
        "orphaned-job-objects",
        "orphans_swept",
        JobOrphans(aggregates),
        infrastructure.objects,
        infrastructure.clock,
        grace=timedelta(hours=settings.orphan_grace_hours),
        interval=timedelta(minutes=settings.orphan_sweep_minutes),
    )
