"""The routes that look into the archives of jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from fastapi import APIRouter, Response

from california_gold_contracts.jobs import JobInput
from chassis.http.documentation import errors
from chassis.ports.object_store import ObjectNotFound, ObjectStore
from jobs_query.application.jobs import Jobs, ShownJob
from jobs_query.domain.errors import FileMissing, InvalidZip, JobNotFound, NoZip, RevisionNotReached
from jobs_query.entrypoints.schemas import Asked, ZipContentsOut, ZipInfoOut
from jobs_query.zip.directory import Entry
from jobs_query.zip.listing import list_zip

_JSON = "application/json"


@dataclass(frozen=True)
class ZipRoutes:
    """Each parses, asks the application, shapes the answer."""

    jobs: Jobs
    objects: ObjectStore

    async def get_zip_contents(self, asked: Asked) -> Response:
        """Перечислить файлы архива. Сам архив не читается, только его оглавление."""
        job = await self.jobs.find(asked)
        zip_file, entries = await self._zip(job)
        contents = {
            "job_id": job.number,
            "zip_filename": zip_file.name,
            "total_files": len(entries),
            "files": [_entry(entry) for entry in entries],
        }
        return Response(orjson.dumps(contents), media_type=_JSON)

    async def get_zip_info(self, asked: Asked) -> Response:
        """Вернуть сведения об архиве."""
        job = await self.jobs.find(asked)
        zip_file, entries = await self._zip(job)
        info = {
            "job_id": job.number,
            "zip_filename": zip_file.name,
            "file_size": zip_file.size,
            "zip_info": _totals(entries),
        }
        return Response(orjson.dumps(info), media_type=_JSON)

    async def _zip(self, job: ShownJob) -> tuple[JobInput, Sequence[Entry]]:
        job_input = (await self.jobs.files(job)).input
        if job_input is None:
            raise NoZip
        try:
            return job_input, await list_zip(self.objects, job_input.object_key, job_input.size)
        except ObjectNotFound:
            raise FileMissing from None


def _entry(entry: Entry) -> dict[str, str | int]:
    return {
        "name": entry.name,
        "size": entry.size,
        "compressed_size": entry.compressed_size,
        "encrypted": entry.encrypted,
    }


def _totals(entries: Sequence[Entry]) -> dict[str, float]:
    compressed = sum(entry.compressed_size for entry in entries)
    size = sum(entry.size for entry in entries)
    # What was stored may take more room than it is; nothing at all was not compressed.
    ratio = round(compressed / size, 6) if compressed < size else 1.0
    return {"total_files": len(entries), "compressed_size": compressed, "compression_ratio": ratio}


def add_zip_routes(router: APIRouter, route: ZipRoutes) -> None:
    """Add the routes, as the document orders them."""
    sentences = {
        400: [NoZip().message, InvalidZip("архив обрывается").message],
        404: [JobNotFound().message, FileMissing().message],
        409: [RevisionNotReached().message],
    }
    zipped = errors(400, 401, 404, 409, 422, examples=sentences)
    router.add_api_route(
        "/jobs/{job_id}/zip-contents",
        route.get_zip_contents,
        methods=["GET"],
        summary="Содержимое ZIP архива",
        response_model=ZipContentsOut,
        responses=zipped,
    )
    router.add_api_route(
        "/jobs/{job_id}/zip-info",
        route.get_zip_info,
        methods=["GET"],
        summary="Информация о ZIP архиве",
        response_model=ZipInfoOut,
        responses=zipped,
    )
