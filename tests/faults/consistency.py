"""Consistency checks of the stores after all events have been processed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from california_gold_contracts.catalog import JOBS
from california_gold_contracts.jobs import AnalysisCompleted, JobInputAttached, JobSubmitted
from california_gold_contracts.topics import ANALYSIS, USERS, Topic
from california_gold_contracts.topics import JOBS as JOBS_TOPIC
from chassis.commands.aggregate import Aggregates
from chassis.commands.text_sealing import TextSealing
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Lag
from chassis.projections.projector import Projection, Projector
from chassis.runtime.orphan_sweeper import OrphanSweeper
from jobs_command.application.orphans import JobOrphans
from jobs_command.domain.job import JOB
from testkit.rebuilds import project_log

GROUPS: dict[str, Sequence[Topic]] = {
    "jobs-query": [JOBS_TOPIC],
    "jobs-command": [ANALYSIS],
    "jobs-command-deletions": [USERS, JOBS_TOPIC],
    "analyzer": [JOBS_TOPIC],
    "storage": [USERS],
}


async def lags(infrastructure: Infrastructure) -> Sequence[Lag]:
    """Return the consumer lags greater than zero."""
    found = [
        lag
        for group, topics in GROUPS.items()
        for lag in await infrastructure.bus.lag([topic.name for topic in topics], group)
    ]
    return [lag for lag in found if lag.behind]


async def broken_streams(infrastructure: Infrastructure, projection: Projection) -> list[str]:
    """Return the job streams with a gap, and those that the read model has not processed completely."""
    revisions: dict[str, list[int]] = {}
    async for page in infrastructure.events.read_all(categories=["job"]):
        for event in page:
            revisions.setdefault(event.stream.partition("-")[2], []).append(event.revision)
    documents = await infrastructure.documents.get_many(projection.collection, list(revisions))
    return [
        job
        for job, seen in revisions.items()
        if seen != list(range(len(seen))) or job not in documents or documents[job].revision != seen[-1]
    ]


class CatchUpState(NamedTuple):
    """Lags and incomplete streams; true when the read model has caught up with the log."""

    waiting: Sequence[Lag]
    broken: Sequence[str]

    def __bool__(self) -> bool:
        return not self.waiting and not self.broken


async def catch_up_state(infrastructure: Infrastructure, projection: Projection) -> CatchUpState:
    """Return the lags, and the streams that the read model has not processed completely."""
    return CatchUpState(await lags(infrastructure), await broken_streams(infrastructure, projection))


async def differing_documents(infrastructure: Infrastructure, projection: Projection) -> list[str]:
    """Return the documents of a read model that differ from those of a replay of the log."""
    replayed, texts = _Replayed(projection), TextSealing(infrastructure.text_keys)
    await project_log(infrastructure.events, ["job"], Projector(replayed, infrastructure.documents, None, texts))
    ids = {
        event.stream.partition("-")[2]
        async for page in infrastructure.events.read_all(categories=["job"])
        for event in page
    }
    live = await infrastructure.documents.get_many(projection.collection, list(ids))
    replayed_documents = await infrastructure.documents.get_many(replayed.collection, list(ids))
    return [job for job in ids if job not in live or live[job].body != replayed_documents[job].body]


async def sweep(infrastructure: Infrastructure) -> None:
    """Remove orphaned objects without the grace period of the sweeper."""
    jobs = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, JOBS, "/tests")
    rule, zero = JobOrphans(jobs), timedelta(0)
    objects, clock = infrastructure.objects, infrastructure.clock
    await OrphanSweeper("orphans", "swept", rule, objects, clock, grace=zero, interval=zero).sweep()


async def unreferenced_objects(infrastructure: Infrastructure) -> list[str]:
    """Return the objects of jobs that no event references."""
    referenced: set[str] = set()
    async for page in infrastructure.events.read_all(categories=["job"]):
        for event in page:
            match JOBS.decode(event.type, event.data):
                case JobSubmitted(input=given) | JobInputAttached(input=given) if given:
                    referenced.add(given.object_key)
                case AnalysisCompleted(artifacts=artifacts):
                    referenced |= {artifact.object_key for artifact in artifacts}
                case _:
                    pass
    stored = [entry.key for prefix in ("jobs/", "results/") async for entry in infrastructure.objects.list(prefix)]
    return [key for key in stored if key not in referenced]


class _Replayed:
    """A projection that writes to a collection of its own."""

    def __init__(self, projection: Projection) -> None:
        self.collection = replace(projection.collection, name=f"{projection.collection.name}-replayed-{uuid4().hex}")
        self.catalog, self.apply, self.keys = projection.catalog, projection.apply, projection.keys
