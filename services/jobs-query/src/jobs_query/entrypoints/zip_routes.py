"""Routes that list the ZIP archives of jobs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from fastapi import Response

from california_gold_contracts.jobs import JobInput
from chassis.archives.zip_directory import ZipEntry
from chassis.http import routing
from chassis.http.documentation import errors
from chassis.ports.object_store import ObjectNotFound, ObjectStore
from jobs_query import messages
from jobs_query.application.jobs import JobDocument, Jobs
from jobs_query.application.zip_listing import list_zip
from jobs_query.domain.errors import InvalidZip, JobFileNotFound, NoZip
from jobs_query.entrypoints.schemas import RequestedJob, ZipContentsOut, ZipInfoOut

_JSON = "application/json"
_LISTED = errors(
    *(400, 401, 404, 409, 422),
    examples={
        400: [messages.NO_ZIP, InvalidZip(messages.ZIP_TRUNCATED).message],
        404: [messages.JOB_NOT_FOUND, messages.FILE_NOT_FOUND],
        409: [messages.REVISION_NOT_REACHED],
    },
)


@dataclass(frozen=True)
class ZipRoutes:
    """Routes of a job's input, where it is a ZIP archive."""

    jobs: Jobs
    objects: ObjectStore

    @routing.get(
        "/jobs/{job_id}/zip-contents",
        summary=messages.LIST_ZIP,
        description=messages.LIST_ZIP_DESCRIPTION,
        response_model=ZipContentsOut,
        responses=_LISTED,
    )
    async def get_zip_contents(self, query: RequestedJob) -> Response:
        """List the files of the archive. Only its directory is read."""
        job = await self.jobs.find(query)
        zip_file, entries = await self._zip(job)
        return Response(await asyncio.to_thread(_contents, job, zip_file, entries), media_type=_JSON)

    @routing.get(
        "/jobs/{job_id}/zip-info",
        summary=messages.GET_ZIP_INFO,
        description=messages.GET_ZIP_INFO_DESCRIPTION,
        response_model=ZipInfoOut,
        responses=_LISTED,
    )
    async def get_zip_info(self, query: RequestedJob) -> Response:
        """Return the totals of the archive."""
        job = await self.jobs.find(query)
        zip_file, entries = await self._zip(job)
        info = {
            "job_id": job.number,
            "zip_filename": zip_file.name,
            "file_size": zip_file.size,
            "zip_info": await asyncio.to_thread(_totals, entries),
        }
        return Response(orjson.dumps(info), media_type=_JSON)

    async def _zip(self, job: JobDocument) -> tuple[JobInput, Sequence[ZipEntry]]:
        job_input = (await self.jobs.files(job)).input
        if job_input is None:
            raise NoZip
        try:
            return job_input, await list_zip(self.objects, job_input.object_key, job_input.size)
        except ObjectNotFound:
            raise JobFileNotFound from None


def _contents(job: JobDocument, zip_file: JobInput, entries: Sequence[ZipEntry]) -> bytes:
    """Return the listing as JSON, which may have 32 MB: for a thread."""
    return orjson.dumps(
        {
            "job_id": job.number,
            "zip_filename": zip_file.name,
            "total_files": len(entries),
            "files": [_entry(entry) for entry in entries],
        }
    )


def _entry(entry: ZipEntry) -> dict[str, str | int]:
    return {
        "name": entry.name,
        "size": entry.size,
        "compressed_size": entry.compressed_size,
        "encrypted": entry.encrypted,
        "unsafe": entry.has_unsafe_name,
    }


def _totals(entries: Sequence[ZipEntry]) -> dict[str, float]:
    compressed = sum(entry.compressed_size for entry in entries)
    size = sum(entry.size for entry in entries)
    # Compressed content may be larger than the original; an empty archive has the ratio 1 as well.
    ratio = round(compressed / size, 6) if compressed < size else 1.0
    return {"total_files": len(entries), "compressed_size": compressed, "compression_ratio": ratio}
