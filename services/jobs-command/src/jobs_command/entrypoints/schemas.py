"""Request and response bodies of jobs-command."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from california_gold_contracts.jobs import JobStatus
from chassis.commands.errors import InvalidValue
from chassis.commands.text import LINE_BREAKS_AND_TAB, has_control_characters, has_direction_controls
from jobs_command import messages
from jobs_command.domain.commands import ChangeJob, Unchanged


def _one_line(text: str) -> str:
    if has_control_characters(text):
        raise InvalidValue(messages.CONTROL_CHARACTERS)
    if has_direction_controls(text):
        raise InvalidValue(messages.DIRECTION_CONTROLS)
    return text


def _plain_text(text: str) -> str:
    if has_control_characters(text, allowed=LINE_BREAKS_AND_TAB):
        raise InvalidValue(messages.CONTROL_CHARACTERS)
    return text


Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255), AfterValidator(_one_line)]
Description = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_plain_text)]


def _without_default(schema: JsonDict) -> None:
    """Remove `default: null`: null is only the value of an absent field, and is refused in a request."""
    schema.pop("default", None)


class JobTexts(BaseModel):
    """The title and description of a job."""

    title: Title | None = Field(None, description=messages.TITLE.ru, examples=["CT Scan Analysis"])
    description: Description | None = Field(
        None, description=messages.DESCRIPTION.ru, examples=[messages.DESCRIPTION_EXAMPLE.ru]
    )


class NoFields(BaseModel):
    """A form that has no field but the file."""


class JobChanges(JobTexts):
    """The changes of a job. A field that is not in the request stays as it is."""

    model_config = ConfigDict(json_schema_extra={"description": messages.JOB_CHANGES.ru})

    status: JobStatus | SkipJsonSchema[None] = Field(
        None, description=messages.STATUS.ru, examples=["cancelled"], json_schema_extra=_without_default
    )

    @field_validator("status", mode="before")
    @classmethod
    def _not_null(cls, status: object) -> object:
        if status is None:
            raise PydanticCustomError("enum", "status is null", {"expected": ", ".join(JobStatus)})
        return status

    def command(self, user_id: int) -> ChangeJob:
        """Return the command of a user."""
        given = self.model_fields_set
        return ChangeJob(
            user_id,
            title=self.title if "title" in given else Unchanged.UNCHANGED,
            description=self.description if "description" in given else Unchanged.UNCHANGED,
            status=self.status,
        )


class JobDeletedOut(BaseModel):
    """A success message."""

    model_config = ConfigDict(json_schema_extra={"description": messages.SUCCESS_BODY.ru})

    message: str = Field(examples=[messages.JOB_DELETED.ru])
