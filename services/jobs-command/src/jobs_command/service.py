"""jobs-command as a service."""

from datetime import timedelta

from california_gold_contracts import catalog, topics
from chassis.audit.http import with_audit
from chassis.commands.aggregate import Aggregates
from chassis.commands.sequence import NumberSequence
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from jobs_command.application.job_ids import JobIds
from jobs_command.application.job_objects import JobObjects
from jobs_command.application.jobs import Jobs
from jobs_command.application.owners import Owners
from jobs_command.application.reactions import AnalysisReactions, DeletionReactions
from jobs_command.application.read_your_writes import ReadYourWrites
from jobs_command.application.sweeper import Sweeper
from jobs_command.domain.job import JOB
from jobs_command.entrypoints.audit import AUDITED
from jobs_command.entrypoints.http import ERRORS, routes
from jobs_command.entrypoints.upload_handler import UploadHandler

NAME = "jobs-command"
_NOT_URGENT = timedelta(seconds=1)


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the service."""
    events, clock, objects = infrastructure.events, infrastructure.clock, infrastructure.objects
    aggregates = Aggregates(events, clock, "job", JOB, catalog.JOBS, NAME)
    numbers = NumberSequence(events, clock, "jobnumber", NAME)
    jobs = Jobs(aggregates, numbers, JobIds(infrastructure.keys), objects)
    read_timeout = timedelta(milliseconds=settings.await_read_model_ms)
    bytes_of_jobs = JobObjects(objects)
    deletions = DeletionReactions(aggregates, Owners(infrastructure.documents), bytes_of_jobs)
    sweeper = Sweeper(
        objects,
        aggregates,
        clock,
        grace=timedelta(hours=settings.orphan_grace_hours),
        pause=timedelta(minutes=settings.orphan_sweep_minutes),
    )
    return Service(
        name=NAME,
        router=with_audit(
            routes(
                jobs,
                ReadYourWrites(infrastructure.documents, events, read_timeout),
                UploadHandler(objects, settings.max_upload_bytes),
            ),
            infrastructure,
            AUDITED,
        ),
        workers=[
            Relay(infrastructure, topics.JOBS, ["job"]).worker,
            Consumer(
                infrastructure, NAME, [topics.ANALYSIS], AnalysisReactions(aggregates, bytes_of_jobs).handle
            ).worker,
            Consumer(
                infrastructure,
                f"{NAME}-deletions",
                [topics.USERS, topics.JOBS],
                deletions.handle,
                min_interval=_NOT_URGENT,
            ).worker,
            sweeper.worker,
        ],
        errors=ERRORS,
    )
