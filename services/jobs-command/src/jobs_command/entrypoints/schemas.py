"""What clients send, and the one answer that is no job."""

from typing import Annotated
from unicodedata import category
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from california_gold_contracts.jobs import JobStatus
from jobs_command.domain.commands import ChangeJob, Keep

_LARGEST_NUMBER = 2**63 - 1
_LINE_BREAKS = frozenset("\n\r\t")

JobReference = Annotated[
    UUID | Annotated[int, Field(ge=1, le=_LARGEST_NUMBER)],
    Path(description="UUID задания или его номер", examples=["550e8400-e29b-41d4-a716-446655440000", 1]),
]


def _without_control_characters(text: str) -> str:
    if any(category(character) == "Cc" for character in text):
        raise ValueError("Недопустимы управляющие символы")
    return text


def _without_control_characters_but_line_breaks(text: str) -> str:
    _without_control_characters("".join(character for character in text if character not in _LINE_BREAKS))
    return text


Title = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=255), AfterValidator(_without_control_characters)
]
Description = Annotated[
    str, StringConstraints(max_length=10_000), AfterValidator(_without_control_characters_but_line_breaks)
]


def _without_default(schema: JsonDict) -> None:
    """Null stands for a field that is not there; sent, it is refused."""
    schema.pop("default", None)


class JobTexts(BaseModel):
    """Название и описание задания."""

    title: Title | None = Field(None, description="Название; пустое — имя файла", examples=["CT Scan Analysis"])
    description: Description | None = Field(None, description="Описание", examples=["Контроль через 3 месяца"])


class JobChanges(JobTexts):
    """Что изменить в задании. Чего нет в запросе, остаётся прежним."""

    status: JobStatus | SkipJsonSchema[None] = Field(
        None,
        description="Из queued и processing — любой следующий статус; завершённое задание можно вернуть в queued",
        examples=["cancelled"],
        json_schema_extra=_without_default,
    )

    @field_validator("status", mode="before")
    @classmethod
    def _given_as_a_word(cls, status: object) -> object:
        if status is None:
            raise PydanticCustomError("enum", "status is null", {"expected": ", ".join(JobStatus)})
        return status

    def command(self, user_id: int) -> ChangeJob:
        """Return what the user asks for."""
        given = self.model_fields_set
        return ChangeJob(
            user_id,
            title=self.title if "title" in given else Keep.KEEP,
            description=self.description if "description" in given else Keep.KEEP,
            status=self.status,
        )


class JobDeletedOut(BaseModel):
    """Сообщение об успехе."""

    message: str = Field(examples=["Задание успешно удалено"])
