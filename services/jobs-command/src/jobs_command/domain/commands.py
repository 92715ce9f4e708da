"""What can be asked of a job: by the person who owns it, and by us when an analyzer or identity saw something."""

from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from pydantic import JsonValue

from california_gold_contracts.jobs import Artifact, JobInput, JobStatus


class Keep(Enum):
    """Stands for a text that stays as it is; None stands for one that is taken away."""

    KEEP = auto()


@dataclass(frozen=True)
class SubmitJob:
    """A user wants an analysis. Without a title the job is called like its file."""

    job_id: UUID
    number: int
    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None


@dataclass(frozen=True)
class ChangeJob:
    """The user rewrites the texts, sets the status, or both: all of it happens or nothing."""

    user_id: int
    title: str | Keep | None = Keep.KEEP
    description: str | Keep | None = Keep.KEEP
    status: JobStatus | None = None


@dataclass(frozen=True)
class AttachInput:
    """The user brings the file that the job waits for."""

    user_id: int
    input: JobInput


@dataclass(frozen=True)
class DeleteJob:
    """The user does not want the job any more."""

    user_id: int


@dataclass(frozen=True)
class DeleteWithOwner:
    """The owner's account is gone."""


@dataclass(frozen=True)
class NoteStart:
    """An analyzer took the attempt."""

    attempt: int
    analyzer: str


@dataclass(frozen=True)
class NoteProgress:
    """The attempt came further."""

    attempt: int
    progress: int
    stage: str


@dataclass(frozen=True)
class NoteCompletion:
    """The attempt has a result."""

    attempt: int
    results: dict[str, JsonValue]
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True)
class NoteFailure:
    """The attempt ended without a result; `retryable`: the same input may succeed when tried again."""

    attempt: int
    reason: str
    message: str
    retryable: bool


PersonalCommand = ChangeJob | AttachInput | DeleteJob
"""Only the owner may."""

AttemptCommand = NoteStart | NoteProgress | NoteCompletion | NoteFailure
"""What an analyzer says of an attempt; it counts as long as that attempt is the one that goes on."""

Command = SubmitJob | PersonalCommand | DeleteWithOwner | AttemptCommand
