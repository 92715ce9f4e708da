"""The read model of jobs: its body is, byte for byte, what `GET /jobs/{id}` answers."""

from collections.abc import Mapping
from typing import cast

from california_gold_contracts import catalog, job_view
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.ports.document_store import Collection, Scalar
from chassis.projections.projector import View

JOBS = Collection(*job_view.JOBS_READ_MODEL)


class JobProjection:
    """A job as its owner reads it; lists select by `owner_id` and order by `number`."""

    collection = JOBS
    catalog = catalog.JOBS

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the job view after an event; None once the job is deleted."""
        return job_view.apply(view, event, envelope)

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the owner and the number."""
        return cast("Mapping[str, Scalar]", {name: view[name] for name in JOBS.keys})
