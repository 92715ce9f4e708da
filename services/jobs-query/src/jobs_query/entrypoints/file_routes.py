"""Routes that read the files of jobs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request, Response

from california_gold_contracts.jobs import Artifact
from chassis.http import routing
from chassis.http.documentation import Responses, errors
from chassis.http.downloads import download_response
from chassis.http.security_records import Security
from chassis.ports.object_store import ByteRange, ObjectNotFound, ObjectStore
from jobs_query import messages
from jobs_query.application.jobs import JobDocument, Jobs
from jobs_query.domain.errors import JobFileNotFound
from jobs_query.entrypoints.schemas import ArtifactOut, RequestedJob

_LATE = {409: [messages.REVISION_NOT_REACHED]}
_LISTED = errors(401, 404, 409, 422, examples={404: [messages.JOB_NOT_FOUND], **_LATE})
_DOWNLOADED: Responses = {
    **errors(401, 404, 409, 416, 422, examples={404: [messages.JOB_NOT_FOUND, messages.FILE_NOT_FOUND], **_LATE}),
    200: {
        "description": messages.FILE.ru,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": messages.FILE_PART.ru},
    304: {"description": messages.FILE_NOT_MODIFIED.ru},
}


@dataclass(frozen=True)
class FileRoutes:
    """Routes of a job's input and artifacts."""

    jobs: Jobs
    objects: ObjectStore

    @routing.get(
        "/jobs/{job_id}/file",
        summary=messages.DOWNLOAD_JOB_FILE,
        description=messages.DOWNLOAD_JOB_FILE_DESCRIPTION,
        response_class=Response,
        responses=_DOWNLOADED,
    )
    async def download_job_file(self, query: RequestedJob, request: Request, security: Security) -> Response:
        """Download the file of a job, whole or in part (`Range`)."""
        job = await self.jobs.find(query)
        files = await self.jobs.files(job)
        if files.input is None:
            raise JobFileNotFound
        file = files.input
        response = await self._download(request, file.object_key, file.name, etag=file.sha256)
        security.record("download", f"job-{job.id}/file")
        return response

    @routing.get(
        "/jobs/{job_id}/artifacts",
        summary=messages.LIST_ARTIFACTS,
        description=messages.LIST_ARTIFACTS_DESCRIPTION,
        responses=_LISTED,
    )
    async def list_job_artifacts(self, query: RequestedJob) -> list[ArtifactOut]:
        """List the files that the latest attempt created."""
        job = await self.jobs.find(query)
        return [_artifact(job, artifact) for artifact in (await self.jobs.files(job)).artifacts]

    @routing.get(
        "/jobs/{job_id}/artifacts/{name}",
        summary=messages.DOWNLOAD_ARTIFACT,
        description=messages.DOWNLOAD_ARTIFACT_DESCRIPTION,
        response_class=Response,
        responses=_DOWNLOADED,
    )
    async def download_job_artifact(
        self, query: RequestedJob, name: str, request: Request, security: Security
    ) -> Response:
        """Download a file that the latest attempt created."""
        job = await self.jobs.find(query)
        for artifact in (await self.jobs.files(job)).artifacts:
            if artifact.name == name:
                response = await self._download(request, artifact.object_key, artifact.name)
                security.record("download", f"job-{job.id}/artifacts/{name}")
                return response
        raise JobFileNotFound

    async def _download(self, request: Request, key: str, name: str, etag: str | None = None) -> Response:
        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return self.objects.open(key, byte_range)

        try:
            return await download_response(request, await self.objects.stat(key), open_, name, etag=etag)
        except ObjectNotFound:
            raise JobFileNotFound from None


def _artifact(job: JobDocument, artifact: Artifact) -> ArtifactOut:
    return ArtifactOut(
        name=artifact.name,
        media_type=artifact.media_type,
        size=artifact.size,
        url=f"/jobs/{job.id}/artifacts/{artifact.name}",
    )
