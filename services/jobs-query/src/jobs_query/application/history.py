"""History of a job for its owner: each event as a sentence and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.message import Language, Message
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.event_store import EventStore
from jobs_query import messages
from jobs_query.application.jobs import JobDocument

_WITHOUT_KEYS = {"job_id": True, "input": {"object_key"}, "artifacts": {"__all__": {"object_key"}}}


class HistoryEntry(BaseModel):
    """An event of a job."""

    model_config = ConfigDict(json_schema_extra={"description": messages.HISTORY_ENTRY.ru})

    revision: int = Field(description=messages.EVENT_REVISION.ru, examples=[0])
    time: datetime
    type: str = Field(examples=["jobs.job-submitted.v2"])
    actor: str = Field(description=messages.EVENT_ACTOR.ru, examples=["user:1"])
    text: str = Field(examples=[messages.HISTORY_SUBMITTED.format(number=1, name="scan.zip").ru])
    data: dict[str, JsonValue]


@dataclass(frozen=True)
class History:
    """Reads the stream of a job: no read model keeps all of its events."""

    events: EventStore
    texts: TextSealing

    async def of(self, job: JobDocument, skip: int, limit: int, language: Language) -> Sequence[HistoryEntry]:
        """Return a page of a job's events in a language, oldest first, up to the revision of its read model."""
        remaining = job.revision + 1 - skip
        if remaining <= 0:
            return []
        stored = await self.events.read(f"job-{job.id}", after=skip - 1, limit=min(limit, remaining))
        return [_entry(envelope_of(event), language) for event in await self.texts.opened(stored)]


def _entry(envelope: Envelope, language: Language) -> HistoryEntry:
    known = catalog.JOBS.knows(envelope.type)
    # An event of an unknown type may hold an object key: only its type is shown.
    event = catalog.JOBS.read(envelope) if known else Event()
    return HistoryEntry(
        revision=envelope.revision,
        time=envelope.time,
        type=event.wire_type if known else envelope.type,
        actor=envelope.actor,
        text=sentence(event).text(language),
        data=cast("dict[str, JsonValue]", event.model_dump(mode="json", exclude=_WITHOUT_KEYS)),
    )


def sentence(event: Event) -> Message:  # noqa: C901  (a flat table of events)
    """Return what an event means to the owner of the job."""
    match event:
        case jobs.JobSubmitted(number=number, input=None):
            return messages.HISTORY_SUBMITTED_WITHOUT_FILE.format(number=number)
        case jobs.JobSubmitted(number=number, input=jobs.JobInput(name=name)):
            return messages.HISTORY_SUBMITTED.format(number=number, name=name)
        case jobs.JobDescribed():
            return messages.HISTORY_DESCRIBED
        case jobs.JobInputAttached(input=job_input):
            return messages.HISTORY_INPUT_ATTACHED.format(name=job_input.name)
        case jobs.AnalysisStarted(attempt=attempt):
            return messages.HISTORY_STARTED.format(attempt=attempt)
        case jobs.AnalysisProgressed(progress=progress, stage=stage):
            return messages.HISTORY_PROGRESSED.format(progress=progress, stage=stage)
        case jobs.AnalysisCompleted():
            return messages.HISTORY_COMPLETED
        case jobs.AnalysisFailed(reason=code, message=message):
            return messages.ANALYSIS_FAILED.format(code=code, message=message)
        case jobs.JobRequeued(attempt=attempt):
            return messages.HISTORY_REQUEUED.format(attempt=attempt)
        case jobs.JobCancelled():
            return messages.HISTORY_CANCELLED
        case jobs.JobStatusSet(status=status):
            return messages.HISTORY_STATUS_SET.format(status=status)
        case jobs.JobDeleted():
            return messages.HISTORY_DELETED
        case _:
            return messages.HISTORY_UNKNOWN
