"""A server process of the benchmark `job_list`: ours with a number of jobs, or the bare handler with a file's bytes."""

import asyncio
import sys
from functools import reduce
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import orjson
import uvloop
from fastapi import Depends, FastAPI, Query, Response

from benchmarks.bare_server import bare_app
from benchmarks.job_histories import job_history
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from chassis.composition.embedded import embedded
from chassis.composition.server import serve
from chassis.http.app import create_app
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import View
from chassis.runtime.settings import Settings
from jobs_query.projections.job import JobProjection
from jobs_query.service import build
from testkit.signing import Signing

_BATCH = 1000
_SETTINGS = Settings(port=0, requests_per_minute=10**9)


async def _run(kind: str, data_dir: Path, argument: str) -> None:
    async with embedded(data_dir) as infrastructure:
        signing = Signing()
        await signing.publish(infrastructure)
        if kind == "ours":
            await _store_documents(infrastructure, int(argument))
            app = create_app([build(infrastructure, _SETTINGS)], infrastructure, _SETTINGS)
        else:
            app = _bare(infrastructure, await asyncio.to_thread(Path(argument).read_bytes))
        await serve(app, _SETTINGS, lambda address: print(address, signing.token(1), flush=True))


async def _store_documents(infrastructure: Infrastructure, count: int) -> None:
    for start in range(1, count + 1, _BATCH):
        documents = [_document(infrastructure, number) for number in range(start, min(start + _BATCH, count + 1))]
        await infrastructure.documents.put_newer(JobProjection.collection, documents)


def _document(infrastructure: Infrastructure, number: int) -> Document:
    job_id, projection, now = uuid4(), JobProjection(), infrastructure.clock.now()
    events = job_history(job_id, number)

    def apply(view: View | None, revision: int) -> View | None:
        event = events[revision]
        envelope = Envelope(uuid4(), event.wire_type, "benchmark", str(job_id), now, encode(event))
        return projection.apply(view, event, envelope)

    view = reduce(apply, range(len(events)), None) or {}
    return Document(str(job_id), len(events) - 1, orjson.dumps(view), projection.keys(view))


def _bare(infrastructure: Infrastructure, page: bytes) -> FastAPI:
    app, signed_in = bare_app(infrastructure)

    async def list_jobs(
        _: Annotated[int, Depends(signed_in)],
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        skip: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        return Response(page, media_type="application/json")

    app.add_api_route("/jobs", list_jobs, response_model=None)
    return app


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
