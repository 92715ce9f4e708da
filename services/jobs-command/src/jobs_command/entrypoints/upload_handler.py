"""How a file comes in: its bytes go to the object store while they arrive, under a key that tells nothing."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from california_gold_contracts.jobs import JobInput
from chassis.http.uploads import UploadPart, read_form
from chassis.ports.object_store import ObjectStore
from jobs_command.application.job_objects import input_key

Fields = TypeVar("Fields", bound=BaseModel)
_LONGEST_NAME = 255
_FIELD = "file"


@dataclass(frozen=True)
class Received(Generic[Fields]):
    """A form that was read to its end: its texts, and its file if there was one."""

    fields: Fields
    input: JobInput | None


@dataclass(frozen=True)
class UploadHandler:
    """Reads forms with at most one file of at most `max_bytes`."""

    objects: ObjectStore
    max_bytes: int

    async def receive(self, request: Request, kind: type[Fields], place: "Place") -> Received[Fields]:
        """Read a form; its fields override query parameters of the same name. When it is refused, nothing is kept.

        Raises HTTPException and `RequestValidationError`.
        """

        async def keep(part: UploadPart) -> JobInput:
            return await self._keep(part, place.key)

        try:
            form = await read_form(request, keep, self.max_bytes)
            return Received(_validated(kind, {**request.query_params, **form.fields}), form.file)
        except Exception:
            await self.objects.delete(place.key)
            raise

    async def _keep(self, part: UploadPart, key: str) -> JobInput:
        name = part.filename.replace("\\", "/").rpartition("/")[2]
        if part.name != _FIELD:
            raise HTTPException(422, f"Файл ожидается в поле {_FIELD}")
        if not 0 < len(name) <= _LONGEST_NAME:
            raise HTTPException(422, f"Имя файла: от 1 до {_LONGEST_NAME} символов")
        stored = await self.objects.put(key, part.chunks, part.content_type)
        if stored.size == 0:
            raise HTTPException(422, "Файл пуст")
        return JobInput(
            object_key=key, name=name, size=stored.size, sha256=stored.sha256, content_type=stored.content_type
        )


@dataclass(frozen=True)
class Place:
    """Where the bytes of one upload go."""

    owner_id: int
    job_id: UUID
    upload_id: UUID

    @property
    def key(self) -> str:
        """The key of the object."""
        return input_key(self.owner_id, self.job_id, self.upload_id)


def _validated(kind: type[Fields], given: dict[str, str]) -> Fields:
    try:
        return kind.model_validate(given)
    except ValidationError as problem:
        raise RequestValidationError(
            [{**error, "loc": ("body", *error["loc"])} for error in problem.errors()]
        ) from None
