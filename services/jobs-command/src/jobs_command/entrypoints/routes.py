"""The routes that change jobs."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from california_gold_contracts.job_body import Job as JobBody
from california_gold_contracts.jobs import JobStatus
from chassis.http import routing
from chassis.http.authentication import SignedIn
from chassis.http.context import CommandRequest
from chassis.http.documentation import FILE, KEY_REUSED, NO_SPACE, errors, form
from chassis.http.file_uploads import FILE_FIELD
from chassis.http.language import RequestLanguage
from chassis.http.messages import STATUS_DETAILS
from chassis.http.parameters import JobReference
from chassis.ports.event_store import StoreUnavailable
from chassis.quotas.messages import TOO_MANY_JOBS
from chassis.quotas.quotas import Quotas, Reservation, TooManyJobsWaiting
from chassis.quotas.usage import Usage
from jobs_command import messages
from jobs_command.application.job_objects import new_input_key
from jobs_command.application.jobs import Jobs, JobSnapshot, Submission
from jobs_command.application.read_your_writes import ReadYourWrites
from jobs_command.domain.commands import DeleteJob
from jobs_command.domain.errors import JobNotFound
from jobs_command.domain.job import MAX_CHANGES
from jobs_command.entrypoints.schemas import JobChanges, JobDeletedOut, JobTexts
from jobs_command.entrypoints.upload_handler import UploadHandler

_NOT_FOUND = {404: [messages.JOB_NOT_FOUND], **KEY_REUSED}
_FORBIDDEN = {
    400: [
        messages.FORBIDDEN_TRANSITION.format(present=JobStatus.COMPLETED, wanted=JobStatus.PROCESSING),
        messages.TOO_MANY_CHANGES.format(max_changes=MAX_CHANGES),
    ],
    **_NOT_FOUND,
}
_TOO_MANY_JOBS = {429: [STATUS_DETAILS[429], TOO_MANY_JOBS.format(allowed=20)]}
_INPUT_REFUSED = {400: [messages.JOB_HAS_FILE, messages.JOB_ENDED], **_NOT_FOUND}
_TEXT_SCHEMAS = JobTexts.model_json_schema()["properties"]

TitleInQuery = Annotated[str | None, Query(alias="title", description=messages.SAME_AS_FORM_FIELD.ru)]
DescriptionInQuery = Annotated[str | None, Query(alias="description", description=messages.SAME_AS_FORM_FIELD.ru)]


@dataclass(frozen=True)
class JobRoutes:
    """Routes of a user's own jobs."""

    jobs: Jobs
    read_your_writes: ReadYourWrites
    upload_handler: UploadHandler
    quotas: Quotas

    @routing.post(
        "/jobs",
        status_code=201,
        summary=messages.CREATE_JOB,
        description=messages.CREATE_JOB_DESCRIPTION,
        response_model=JobBody,
        openapi_extra=form({**_TEXT_SCHEMAS, FILE_FIELD: {**FILE, "description": messages.JOB_FILE.ru}}),
        responses=errors(400, 401, 413, 422, 429, 507, examples={**NO_SPACE, **_TOO_MANY_JOBS, **KEY_REUSED}),
    )
    async def create_job(
        self,
        request: Request,
        caller: SignedIn,
        command: CommandRequest,
        _title: TitleInQuery = None,
        _description: DescriptionInQuery = None,
    ) -> Response:
        """Create a job from a form. The texts may also come in the query."""
        job_id = await self.jobs.ids.of(command.id)
        key = new_input_key(caller.user_id, job_id)
        async with self.quotas.reservation(caller.user_id) as reservation:
            await self._reserve_job(reservation, job_id)
            received = await self.upload_handler.receive(request, JobTexts, key, command, reservation)
            texts = received.fields
            submission = Submission(caller.user_id, texts.title, texts.description, received.input)
            snapshot = await self.jobs.submit(submission, received.context)
            _settle(reservation, snapshot)
        return await self._answer(snapshot, 201)

    @routing.put(
        "/jobs/{job_id}",
        summary=messages.UPDATE_JOB,
        description=messages.UPDATE_JOB_DESCRIPTION,
        response_model=JobBody,
        responses=errors(400, 401, 404, 422, 429, examples={**_FORBIDDEN, **_TOO_MANY_JOBS}),
    )
    async def update_job(
        self, job_id: JobReference, changes: JobChanges, caller: SignedIn, command: CommandRequest
    ) -> Response:
        """Change the texts or the status of a job."""
        resolved_id = await self.jobs.resolve(job_id)
        change, context = changes.command(caller.user_id), await command.context()
        async with self.quotas.reservation(caller.user_id) as reservation:
            if changes.status is JobStatus.QUEUED and await self.jobs.has_ended(resolved_id):
                await reservation.add(Usage(jobs_waiting=1))
            snapshot = await self.jobs.handle(resolved_id, change, context)
            _settle(reservation, snapshot)
        return await self._answer(snapshot)

    @routing.put(
        "/jobs/{job_id}/file",
        summary=messages.ATTACH_JOB_FILE,
        description=messages.ATTACH_JOB_FILE_DESCRIPTION,
        response_model=JobBody,
        openapi_extra=form({FILE_FIELD: FILE}, required=[FILE_FIELD]),
        responses=errors(400, 401, 404, 413, 422, 507, examples={**_INPUT_REFUSED, **NO_SPACE}),
    )
    async def attach_job_file(
        self, job_id: JobReference, request: Request, caller: SignedIn, command: CommandRequest
    ) -> Response:
        """Attach a file to a job that waits for it."""
        resolved_id = await self.jobs.resolve(job_id)
        await self.jobs.check_owner(resolved_id, caller.user_id)
        key = new_input_key(caller.user_id, resolved_id)
        async with self.quotas.reservation(caller.user_id) as reservation:
            job_input, context = await self.upload_handler.receive_file(request, key, command, reservation)
            snapshot = await self.jobs.attach(resolved_id, caller.user_id, job_input, context)
            _settle(reservation, snapshot)
        return await self._answer(snapshot)

    @routing.delete(
        "/jobs/{job_id}",
        summary=messages.DELETE_JOB,
        description=messages.DELETE_JOB_DESCRIPTION,
        responses=errors(401, 404, 422, examples=_NOT_FOUND),
    )
    async def delete_job(
        self,
        job_id: JobReference,
        caller: SignedIn,
        command: CommandRequest,
        response: Response,
        language: RequestLanguage,
    ) -> JobDeletedOut:
        """Delete a job with its file and results."""
        resolved_id = await self.jobs.resolve(job_id)
        deleted = await self.jobs.handle(resolved_id, DeleteJob(caller.user_id), await command.context())
        response.headers["ETag"] = f'"{deleted.revision}"'
        with suppress(StoreUnavailable):
            await self.read_your_writes.wait_for(deleted)
        return JobDeletedOut(message=messages.JOB_DELETED.text(language))

    async def _reserve_job(self, reservation: Reservation, job_id: UUID) -> None:
        """Reserve a waiting job. A repeated request, whose job exists, needs none. Raises `TooManyJobsWaiting`."""
        try:
            await reservation.add(Usage(jobs_waiting=1))
        except TooManyJobsWaiting:
            if not await self.jobs.exists(job_id):
                raise

    async def _answer(self, snapshot: JobSnapshot, status: int = 200) -> Response:
        if snapshot.job.deleted:
            raise JobNotFound
        answer = await self.read_your_writes.job(snapshot)
        return Response(answer.body, status, {"ETag": f'"{answer.revision}"'}, "application/json")


def _settle(reservation: Reservation, snapshot: JobSnapshot) -> None:
    if snapshot.events:
        reservation.settle(f"job-{snapshot.job.id}", snapshot.revision - len(snapshot.events) + 1)
