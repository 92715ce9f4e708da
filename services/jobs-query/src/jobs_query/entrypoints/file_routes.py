"""The routes that read the files of jobs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from california_gold_contracts.jobs import Artifact
from chassis.http.documentation import errors
from chassis.http.downloads import download_response
from chassis.ports.object_store import ByteRange, ObjectNotFound, ObjectStore
from jobs_query.application.jobs import Jobs, ShownJob
from jobs_query.domain.errors import FileMissing, JobNotFound, RevisionNotReached
from jobs_query.entrypoints.schemas import ArtifactOut, Asked


@dataclass(frozen=True)
class FileRoutes:
    """Each parses, asks the application, shapes the answer."""

    jobs: Jobs
    objects: ObjectStore

    async def download_job_file(self, asked: Asked, request: Request) -> Response:
        """Скачать файл задания: целиком или частью (`Range`)."""
        files = await self.jobs.files(await self.jobs.find(asked))
        if files.input is None:
            raise FileMissing
        return await self._download(request, files.input.object_key, files.input.name, etag=files.input.sha256)

    async def list_job_artifacts(self, asked: Asked) -> list[ArtifactOut]:
        """Перечислить файлы, созданные анализом: маску, DICOM SEG, изображения находок."""
        job = await self.jobs.find(asked)
        return [_artifact(job, artifact) for artifact in (await self.jobs.files(job)).artifacts]

    async def download_job_artifact(self, asked: Asked, name: str, request: Request) -> Response:
        """Скачать файл, созданный анализом."""
        files = await self.jobs.files(await self.jobs.find(asked))
        for artifact in files.artifacts:
            if artifact.name == name:
                return await self._download(request, artifact.object_key, artifact.name)
        raise FileMissing

    async def _download(self, request: Request, key: str, name: str, etag: str | None = None) -> Response:
        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return self.objects.open(key, byte_range)

        try:
            return await download_response(request, await self.objects.stat(key), open_, name, etag=etag)
        except ObjectNotFound:
            raise FileMissing from None


def _artifact(job: ShownJob, artifact: Artifact) -> ArtifactOut:
    return ArtifactOut(
        name=artifact.name,
        media_type=artifact.media_type,
        size=artifact.size,
        url=f"/jobs/{job.id}/artifacts/{artifact.name}",
    )


def add_file_routes(router: APIRouter, route: FileRoutes) -> None:
    """Add the routes, as the document orders them."""
    add, one = router.add_api_route, "/jobs/{job_id}"
    missing, no_file = [JobNotFound().message], [FileMissing().message]
    late = {409: [RevisionNotReached().message]}
    file = errors(401, 404, 409, 416, 422, examples={404: [*missing, *no_file], **late})
    file[200] = {
        "description": "Файл",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    file[206] = {"description": "Часть файла, которую назвал Range"}
    file[304] = {"description": "Файл не изменился"}
    add(
        f"{one}/file",
        route.download_job_file,
        methods=["GET"],
        summary="Скачивание файла задания",
        response_class=Response,
        responses=file,
    )
    add(
        f"{one}/artifacts",
        route.list_job_artifacts,
        methods=["GET"],
        summary="Файлы, созданные анализом",
        responses=errors(401, 404, 409, 422, examples={404: missing, **late}),
    )
    add(
        f"{one}/artifacts/{{name}}",
        route.download_job_artifact,
        methods=["GET"],
        summary="Скачивание файла, созданного анализом",
        response_class=Response,
        responses=file,
    )
