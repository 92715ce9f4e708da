"""Random histories of jobs, stored as jobs-command would, and the statistics that follow from whole histories."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import orjson

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.event_store import NO_STREAM, EventStore, NewEvent
from jobs_query.statistics.job_states import JobStatesProjection
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.transition import milliseconds, transition
from testkit.job_events import SCAN

_REASONS = ("NO_IMAGE", "TIMEOUT", "ZIP_INVALID")
UNKNOWN_TYPE = "jobs.job-praised.v1"


async def store_history(
    events: EventStore, random: Random, start: datetime, owners: Sequence[int], max_events: int
) -> Sequence[Envelope]:
    """Store the history of a new job of one of these users, of at most `max_events` events, and return it."""
    job_id = uuid4()
    time, recorded = start, list[NewEvent]()
    for event in _history(random, job_id, random.choice(owners), random.randint(1, max_events)):
        time += timedelta(milliseconds=random.randint(0, 3_600_000))
        context = CommandContext(uuid4(), "user:1", "correlation")
        recorded += Recorder("jobs-command", time).record([event], context, f"job-{job_id}", None)
    if random.random() < 0.3:
        recorded.insert(random.randint(1, len(recorded)), _of_a_newer_service(recorded[0]))
    await events.append(f"job-{job_id}", recorded, NO_STREAM)
    return [envelope_of(event) for event in await events.read(f"job-{job_id}")]


def computed_statistics(histories: Iterable[Sequence[Envelope]], owner_id: int | None = None) -> Statistics:
    """Compute the statistics of a user, or of the whole system, from whole histories."""
    statistics, states = Statistics(), JobStatesProjection()
    for history in histories:
        view = None
        for envelope in history:
            before = view
            if catalog.JOBS.knows(envelope.type):
                view = states.apply(view, catalog.JOBS.decode(envelope.type, envelope.data), envelope)
            change = transition(before, view, milliseconds(envelope.time))
            if change and owner_id in (None, (view or before or {}).get("owner_id")):
                statistics.count(envelope.subject, envelope.revision, change)
    statistics.prune(1)
    return normalized(statistics)


def normalized(statistics: Statistics) -> Statistics:
    """Return statistics without what depends on the order of counting: counted revisions, and zeros."""
    return statistics.model_copy(
        update={"counted_revisions": {}, "jobs": {status: count for status, count in statistics.jobs.items() if count}}
    )


def _history(random: Random, job_id: UUID, owner_id: int, events: int) -> Iterable[Event]:
    job_input = random.choice([SCAN, None])
    yield jobs.JobSubmitted(job_id=job_id, number=1, owner_id=owner_id, title="CT", description=None, input=job_input)
    for attempt in range(1, events):
        yield _event(random, job_id, attempt)


def _event(random: Random, job_id: UUID, attempt: int) -> Event:
    """Return any event: statistics must not depend on the order that jobs-command allows."""
    return random.choice(
        [
            jobs.JobInputAttached(job_id=job_id, attempt=attempt, input=SCAN),
            jobs.JobDescribed(job_id=job_id, title="MR", description=None),
            jobs.AnalysisStarted(job_id=job_id, attempt=attempt, analyzer="analyzer/1"),
            jobs.AnalysisStarted(job_id=job_id, attempt=attempt, analyzer="analyzer/1"),
            jobs.AnalysisProgressed(job_id=job_id, attempt=attempt, progress=50, stage="decode"),
            jobs.AnalysisCompleted(job_id=job_id, attempt=attempt, results={}, artifacts=()),
            jobs.AnalysisFailed(
                job_id=job_id, attempt=attempt, reason=random.choice(_REASONS), message="Ошибка", retryable=False
            ),
            jobs.JobRequeued(job_id=job_id, attempt=attempt + 1),
            jobs.JobCancelled(job_id=job_id, attempt=attempt),
            jobs.JobStatusSet(job_id=job_id, attempt=attempt, status=random.choice(list(JobStatus))),
            jobs.JobDeleted(job_id=job_id),
        ]
    )


def _of_a_newer_service(like: NewEvent) -> NewEvent:
    return NewEvent(uuid4(), UNKNOWN_TYPE, orjson.dumps({"praise": 5}), like.metadata)
