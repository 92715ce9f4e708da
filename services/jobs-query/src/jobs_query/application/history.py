"""The story of a job for its owner: each fact in plain words, and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import BaseModel, Field, JsonValue

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.recording import envelope_of
from chassis.ports.event_store import EventStore
from jobs_query.application.jobs import ShownJob

_WITHOUT_KEYS = {"job_id": True, "input": {"object_key"}, "artifacts": {"__all__": {"object_key"}}}


class HistoryEntry(BaseModel):
    """Событие задания."""

    revision: int = Field(description="Номер события, с 0", examples=[0])
    time: datetime
    type: str = Field(examples=["jobs.job-submitted.v1"])
    actor: str = Field(description="Кто: `user:<id>` или `service:<имя>`", examples=["user:1"])
    text: str = Field(examples=["Задание №1 создано, файл «scan.zip»"])
    data: dict[str, JsonValue]


@dataclass(frozen=True)
class History:
    """Reads the stream of a job: nothing else knows everything that happened."""

    events: EventStore

    async def of(self, job: ShownJob) -> Sequence[HistoryEntry]:
        """Return what happened to a job, oldest first, up to the revision that reads show."""
        stored = await self.events.read(f"job-{job.id}", limit=job.revision + 1)
        return [_entry(envelope_of(event)) for event in stored]


def _entry(envelope: Envelope) -> HistoryEntry:
    known = catalog.JOBS.knows(envelope.type)
    # What this build cannot read might hold a key: of such a fact only its name is shown.
    event = catalog.JOBS.decode(envelope.type, envelope.data) if known else Event()
    return HistoryEntry(
        revision=envelope.revision,
        time=envelope.time,
        type=event.wire_type if known else envelope.type,
        actor=envelope.actor,
        text=in_words(event),
        data=cast("dict[str, JsonValue]", event.model_dump(mode="json", exclude=_WITHOUT_KEYS)),
    )


def in_words(event: Event) -> str:  # noqa: C901  (a flat table of facts)
    """Return what a fact means to the owner of the job."""
    match event:
        case jobs.JobSubmitted(number=number, input=None):
            return f"Задание №{number} создано и ждёт файл"
        case jobs.JobSubmitted(number=number, input=jobs.JobInput(name=name)):
            return f"Задание №{number} создано, файл «{name}»"
        case jobs.JobDescribed():
            return "Изменены название или описание"
        case jobs.JobInputAttached(input=job_input):
            return f"Добавлен файл «{job_input.name}»"
        case jobs.AnalysisStarted(attempt=attempt):
            return f"Анализ начат, попытка {attempt}"
        case jobs.AnalysisProgressed(progress=progress, stage=stage):
            return f"Выполнено {progress} % (этап {stage})"
        case jobs.AnalysisCompleted():
            return "Анализ завершён, результат готов"
        case jobs.AnalysisFailed(message=message):
            return f"Анализ завершился ошибкой: {message}"
        case jobs.JobRequeued(attempt=attempt):
            return f"Задание возвращено в очередь, попытка {attempt}"
        case jobs.JobCancelled():
            return "Задание отменено"
        case jobs.JobStatusSet(status=status):
            return f"Статус установлен вручную: {status}"
        case jobs.JobDeleted():
            return "Задание удалено"
        case _:
            return "Событие этого вида появилось позже, чем этот сервис"
