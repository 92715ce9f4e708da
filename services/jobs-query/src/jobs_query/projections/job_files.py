"""The read model of a job's files: where the bytes of its input and of its outputs are."""

from collections.abc import Mapping

from pydantic import JsonValue

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobInput
from chassis.ports.document_store import Collection, Scalar
from chassis.projections.projector import View


class JobFilesProjection:
    """`input`: the uploaded file or null; `artifacts`: outputs of the latest attempt."""

    collection = Collection("job-files")
    catalog = catalog.JOBS

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the files after an event; None once the job is deleted."""
        if isinstance(event, jobs.JobSubmitted):
            return {"input": _input(event.input), "artifacts": []}
        if view is None or isinstance(event, jobs.JobDeleted):
            return None
        match event:
            case jobs.JobInputAttached():
                return {**view, "input": _input(event.input)}
            case jobs.AnalysisCompleted():
                return {**view, "artifacts": [artifact.model_dump() for artifact in event.artifacts]}
            case jobs.JobRequeued():
                return {**view, "artifacts": []}
            case _:
                return view

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return no keys: files are read by the job's id only."""
        return {}


def _input(job_input: JobInput | None) -> JsonValue:
    return job_input.model_dump() if job_input else None
