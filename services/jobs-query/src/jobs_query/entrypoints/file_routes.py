"""The routes that read the files of jobs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import orjson
from fastapi import APIRouter, Request, Response

from california_gold_contracts.jobs import Artifact, JobInput
from chassis.http.documentation import errors
from chassis.http.downloads import download_response
from chassis.object_store import ByteRange, ObjectNotFound, ObjectStore
from jobs_query.application.jobs import Jobs, ShownJob
from jobs_query.entrypoints.schemas import ArtifactOut, Asked, ZipContentsOut, ZipInfoOut
from jobs_query.errors import FileMissing, InvalidZip, JobNotFound, NoZip, RevisionNotReached
from jobs_query.zip.directory import Entry
from jobs_query.zip.listing import list_zip

_JSON = "application/json"


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
        return await self._download(request, files.input.object_key, files.input.name)

    async def get_zip_contents(self, asked: Asked) -> Response:
        """Перечислить файлы архива. Сам архив не читается, только его оглавление."""
        job = await self.jobs.find(asked)
        zip_file, entries = await self._zip(job)
        files = [_entry(entry) for entry in entries]
        contents = {
            "job_id": job.number,
            "zip_filename": zip_file.name,
            "total_files": len(files),
            "files": files,
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

    async def _zip(self, job: ShownJob) -> tuple[JobInput, Sequence[Entry]]:
        job_input = (await self.jobs.files(job)).input
        if job_input is None:
            raise NoZip
        try:
            return job_input, await list_zip(self.objects, job_input.object_key, job_input.size)
        except ObjectNotFound:
            raise FileMissing from None

    async def _download(self, request: Request, key: str, name: str) -> Response:
        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return self.objects.open(key, byte_range)

        try:
            return await download_response(request, await self.objects.stat(key), open_, name)
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
    not_zip = [NoZip().message, InvalidZip("архив обрывается").message]
    zipped = errors(400, 401, 404, 409, 422, examples={400: not_zip, 404: [*missing, *no_file], **late})
    add(
        f"{one}/file",
        route.download_job_file,
        methods=["GET"],
        summary="Скачивание файла задания",
        response_class=Response,
        responses=file,
    )
    add(
        f"{one}/zip-contents",
        route.get_zip_contents,
        methods=["GET"],
        summary="Содержимое ZIP архива",
        response_model=ZipContentsOut,
        responses=zipped,
    )
    add(
        f"{one}/zip-info",
        route.get_zip_info,
        methods=["GET"],
        summary="Информация о ZIP архиве",
        response_model=ZipInfoOut,
        responses=zipped,
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
