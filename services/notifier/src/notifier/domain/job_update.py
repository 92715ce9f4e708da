"""The messages of the WebSocket, derived from the job view."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import orjson
from pydantic import JsonValue

from california_gold_contracts import job_view, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.job_view import JobView

Texts = Mapping[str, JsonValue]
"""The fields of a job view that a person wrote."""

NO_TEXTS: Texts = {"title": None, "description": None, "file_name": None}
_FOR_EVERYBODY = ("id", "status", "progress", "updated_at")
_FOR_THE_OWNER = ("revision", "title", "created_at", "file_name", "file_size", "results_payload", "failure")


@dataclass(frozen=True)
class JobState:
    """A job at one revision of its stream. `progress` never falls within an attempt, whatever the events report."""

    view: JobView
    revision: int
    progress: int

    @property
    def owner_id(self) -> int:
        """The id of the job's owner."""
        return cast("int", self.view["owner_id"])


def stored_state(body: bytes, revision: int) -> JobState:
    """Return the state that the read model has stored."""
    view = cast("JobView", orjson.loads(body))
    return JobState(view, revision, cast("int", view["progress"]))


def evolve(state: JobState | None, event: Event, envelope: Envelope) -> JobState | None:
    """Return the state after an event; None when the job is deleted, or not submitted yet."""
    view = job_view.apply(state.view if state else None, event, envelope)
    if view is None:
        return None
    lowest = 0 if state is None or isinstance(event, jobs.JobRequeued) else state.progress
    return JobState(view, envelope.revision, max(lowest, cast("int", view["progress"])))


def with_texts(state: JobState | None, texts: Texts) -> JobState | None:
    """Return the state with other texts: those in events are sealed, and the notifier has no key to open them."""
    return state and replace(state, view={**state.view, **texts})


def texts_of(state: JobState | None) -> Texts:
    """Return the texts of a state."""
    return {name: state.view[name] for name in NO_TEXTS} if state else NO_TEXTS


def job_update(state: JobState, *, to_owner: bool) -> str:
    """Return the message `job.update`: four fields for every client that knows the id, more for the owner."""
    view = state.view
    shown = {
        **view,
        "progress": state.progress,
        "updated_at": view["updated_at"] or view["created_at"],
        "revision": state.revision,
    }
    names = (*_FOR_EVERYBODY, *_FOR_THE_OWNER) if to_owner else _FOR_EVERYBODY
    return orjson.dumps({"type": "job.update", "job": {name: shown[name] for name in names}}).decode()


def job_not_found(job_id: str) -> str:
    """Return the message `job.not_found`, for an id that no job has."""
    return orjson.dumps({"type": "job.not_found", "job_id": job_id}).decode()
