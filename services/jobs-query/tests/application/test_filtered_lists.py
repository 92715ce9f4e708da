"""A filtered list is read in pages, while jobs are submitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import orjson

from california_gold_contracts.jobs import JobStatus
from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from jobs_query.application.job_filter import JobFilter
from jobs_query.application.jobs import Jobs
from jobs_query.projections.job import JOBS

OWNER = 7
QUEUED = JobFilter(frozenset({JobStatus.QUEUED}))


def job(number: int) -> Document:
    texts = {"title": "CT", "description": None, "file_name": None}
    view = {"id": str(number), "number": number, "status": "queued", **texts, "results_payload": {"n": 1}}
    return Document(str(number), 0, orjson.dumps(view), {"owner_id": OWNER, "number": number})


@dataclass
class SubmittedMeanwhile:
    """After each page that is read, another job is submitted."""

    documents: DocumentStore
    newest: int

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int, limit: int
    ) -> Sequence[Document]:
        found = await self.documents.find(collection, equal, order=order, skip=skip, limit=limit)
        self.newest += 1
        await self.documents.put_newer(JOBS, [job(self.newest)])
        return found


async def test_a_job_that_is_submitted_meanwhile_makes_no_other_come_twice(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as infrastructure:
        await infrastructure.documents.put_newer(JOBS, [job(number) for number in range(1, 1001)])
        documents = cast("DocumentStore", SubmittedMeanwhile(infrastructure.documents, 1000))
        listed = orjson.loads(await Jobs(documents, timedelta(0)).list(OWNER, 0, 1000, QUEUED))

    assert [each["number"] for each in listed] == list(range(1000, 0, -1))
