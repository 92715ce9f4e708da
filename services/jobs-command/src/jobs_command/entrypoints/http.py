"""The routes that change jobs."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel

from california_gold_contracts.job_body import Job as JobBody
from california_gold_contracts.jobs import JobStatus
from chassis.http.authentication import SignedIn
from chassis.http.context import Context
from chassis.http.documentation import FILE, Tag, errors, form
from chassis.ports.event_store import StoreUnavailable
from jobs_command.application.jobs import Jobs, JobSnapshot, Submission
from jobs_command.application.read_your_writes import ReadYourWrites
from jobs_command.domain.commands import DeleteJob
from jobs_command.domain.errors import HAS_INPUT, INPUT_TOO_LATE, ForbiddenTransition, InputRefused, JobNotFound
from jobs_command.entrypoints.schemas import JobChanges, JobDeletedOut, JobReference, JobTexts
from jobs_command.entrypoints.upload_handler import Place, UploadHandler

ERRORS: Mapping[type[Exception], int] = {JobNotFound: 404, ForbiddenTransition: 400, InputRefused: 400}

TitleInQuery = Annotated[str | None, Query(alias="title", description="То же, что поле формы")]
DescriptionInQuery = Annotated[str | None, Query(alias="description", description="То же, что поле формы")]


class NoFields(BaseModel):
    """A form that has a file and nothing else."""


@dataclass(frozen=True)
class Routes:
    """Each parses, calls the application, shapes the answer."""

    jobs: Jobs
    read_your_writes: ReadYourWrites
    upload_handler: UploadHandler

    async def create_job(
        self,
        request: Request,
        caller: SignedIn,
        context: Context,
        _title: TitleInQuery = None,
        _description: DescriptionInQuery = None,
    ) -> Response:
        """Создать задание. С файлом оно сразу идёт на анализ, без файла ждёт в `queued`, пока файл не добавят."""
        place = Place(caller.user_id, await self.jobs.ids.of(context), uuid4())
        received = await self.upload_handler.receive(request, JobTexts, place)
        texts = received.fields
        submission = Submission(caller.user_id, texts.title, texts.description, received.input)
        return await self._shown(await self.jobs.submit(submission, context), 201)

    async def update_job(
        self, job_id: JobReference, changes: JobChanges, caller: SignedIn, context: Context
    ) -> Response:
        """Изменить название, описание или статус. Возврат завершённого задания в `queued` запускает анализ заново."""
        identity = await self.jobs.resolve(job_id)
        return await self._shown(await self.jobs.handle(identity, changes.command(caller.user_id), context))

    async def attach_job_file(
        self, job_id: JobReference, request: Request, caller: SignedIn, context: Context
    ) -> Response:
        """Добавить файл заданию, которое его ждёт, и запустить анализ. Заменить файл нельзя."""
        identity = await self.jobs.resolve(job_id)
        await self.jobs.check_owner(identity, caller.user_id)
        received = await self.upload_handler.receive(request, NoFields, Place(caller.user_id, identity, uuid4()))
        if received.input is None:
            raise HTTPException(422, "Файл обязателен")
        return await self._shown(await self.jobs.attach(identity, caller.user_id, received.input, context))

    async def delete_job(
        self, job_id: JobReference, caller: SignedIn, context: Context, response: Response
    ) -> JobDeletedOut:
        """Удалить задание, его файл и результаты. Идущий анализ прекращается."""
        identity = await self.jobs.resolve(job_id)
        deleted = await self.jobs.handle(identity, DeleteJob(caller.user_id), context)
        response.headers["ETag"] = f'"{deleted.revision}"'
        with suppress(StoreUnavailable):
            await self.read_your_writes.reached(identity, deleted.revision)
        return JobDeletedOut(message="Задание успешно удалено")

    async def _shown(self, snapshot: JobSnapshot, status: int = 200) -> Response:
        if snapshot.job.deleted:
            raise JobNotFound
        answer = await self.read_your_writes.job(snapshot)
        return Response(answer.body, status, {"ETag": f'"{answer.revision}"'}, "application/json")


def routes(jobs: Jobs, read_your_writes: ReadYourWrites, upload_handler: UploadHandler) -> APIRouter:
    """Return the routes, as the document orders them."""
    router, route = APIRouter(tags=[Tag.JOBS]), Routes(jobs, read_your_writes, upload_handler)
    missing = {404: [JobNotFound().message]}
    fields = JobTexts.model_json_schema()["properties"]
    add = router.add_api_route
    add(
        "/jobs",
        route.create_job,
        methods=["POST"],
        status_code=201,
        summary="Создание задания",
        response_model=JobBody,
        openapi_extra=form({**fields, "file": {**FILE, "description": "ZIP, DICOM или NIfTI"}}),
        responses=errors(400, 401, 413, 422),
    )
    forbidden = ForbiddenTransition(JobStatus.COMPLETED, JobStatus.PROCESSING).message
    changed = errors(400, 401, 404, 422, examples={400: [forbidden], **missing})
    add(
        "/jobs/{job_id}",
        route.update_job,
        methods=["PUT"],
        summary="Обновление задания",
        response_model=JobBody,
        responses=changed,
    )
    add(
        "/jobs/{job_id}/file",
        route.attach_job_file,
        methods=["PUT"],
        summary="Добавление файла к заданию",
        response_model=JobBody,
        openapi_extra=form({"file": FILE}, required=["file"]),
        responses=errors(400, 401, 404, 413, 422, examples={400: [HAS_INPUT, INPUT_TOO_LATE], **missing}),
    )
    gone = errors(401, 404, 422, examples=missing)
    add("/jobs/{job_id}", route.delete_job, methods=["DELETE"], summary="Удаление задания", responses=gone)
    return router
