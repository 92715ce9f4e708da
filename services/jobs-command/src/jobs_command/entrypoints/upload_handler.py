"""UploadHandler: receives forms with the file of a job. The bytes are stored while the request arrives."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from california_gold_contracts.jobs import JobInput
from chassis.commands.context import CommandContext
from chassis.commands.text import has_direction_controls
from chassis.http.context import RequestedCommand
from chassis.http.file_uploads import FileUploads, UploadedFile, content_of
from chassis.quotas.quotas import Reservation
from jobs_command import messages
from jobs_command.entrypoints.schemas import NoFields

Fields = TypeVar("Fields", bound=BaseModel)
_MAX_NAME_LENGTH = 255


@dataclass(frozen=True)
class ReceivedForm(Generic[Fields]):
    """The validated fields of a form, its stored file (None when it has none), and the context of its command."""

    fields: Fields
    input: JobInput | None
    context: CommandContext


@dataclass(frozen=True)
class UploadHandler:
    """Stores the files of forms, and validates their fields. A refusal leaves no object.

    Every method raises HTTPException, `RequestValidationError`, `KeyReused` and `SpaceExceeded`.
    """

    uploads: FileUploads

    async def receive(
        self,
        request: Request,
        fields_type: type[Fields],
        key: str,
        command: RequestedCommand,
        reservation: Reservation,
    ) -> ReceivedForm[Fields]:
        """Read a form and store its file under `key`; fields override query parameters."""
        async with self.uploads.received(request, key, _base_name, reservation) as form:
            job_input = _job_input(form.file) if form.file else None
            fields = _validated(fields_type, {**request.query_params, **form.fields})
            return ReceivedForm(fields, job_input, await command.context_of(content_of(form)))

    async def receive_file(
        self, request: Request, key: str, command: RequestedCommand, reservation: Reservation
    ) -> tuple[JobInput, CommandContext]:
        """Read a form of one file and nothing else, and store the file under `key`."""
        async with self.uploads.received(request, key, _base_name, reservation) as form:
            job_input = _job_input(form.file) if form.file else None
            _validated(NoFields, {**request.query_params, **form.fields})
            if job_input is None:
                raise HTTPException(422, messages.FILE_REQUIRED)
            return job_input, await command.context_of(content_of(form))


def _base_name(path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    if not 0 < len(name) <= _MAX_NAME_LENGTH:
        raise HTTPException(422, messages.FILE_NAME_LENGTH.format(max_length=_MAX_NAME_LENGTH))
    if has_direction_controls(name):
        raise HTTPException(422, messages.DIRECTION_CONTROLS)
    return name


def _job_input(file: UploadedFile) -> JobInput:
    stored = file.stored
    if stored.size == 0:
        raise HTTPException(422, messages.FILE_EMPTY)
    return JobInput(
        object_key=stored.key,
        name=file.name,
        size=stored.size,
        sha256=stored.sha256,
        content_type=stored.content_type,
    )


def _validated(fields_type: type[Fields], given: dict[str, str]) -> Fields:
    try:
        return fields_type.model_validate(given)
    except ValidationError as problem:
        raise RequestValidationError(
            [{**error, "loc": ("body", *error["loc"])} for error in problem.errors()]
        ) from None
