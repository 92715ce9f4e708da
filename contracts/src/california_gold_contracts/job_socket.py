"""Messages of the WebSocket `/ws/jobs/{job_id}`: docs/websocket.md."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from california_gold_contracts.job_body import JobFailure
from california_gold_contracts.jobs import JobStatus

EXAMPLE_UPDATE = {
    "type": "job.update",
    "job": {
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "status": "processing",
        "progress": 50,
        "updated_at": "2024-01-01T00:30:00Z",
    },
}
EXAMPLE_NOT_FOUND = {"type": "job.not_found", "job_id": "550e8400-e29b-41d4-a716-446655440000"}


class SocketJob(BaseModel):
    """A job at one revision. All clients receive the first four fields, the owner of the job the others too."""

    id: UUID
    status: JobStatus
    progress: int = Field(
        ge=0, le=100, description="Per cent of the current attempt; it never falls within an attempt."
    )
    updated_at: datetime

    revision: int | None = Field(default=None, ge=0, description="Pass it as `after` to receive every later state.")
    title: str | None = None
    created_at: datetime | None = None
    file_name: str | None = None
    file_size: int | None = Field(default=None, description="Bytes.")
    results_payload: dict[str, JsonValue] | None = None
    failure: JobFailure | None = None


class JobUpdate(BaseModel):
    """The state of the job: on connect, then at each change."""

    type: Literal["job.update"]
    job: SocketJob


class JobNotFound(BaseModel):
    """No job has this id: it was not submitted yet, or it was deleted."""

    type: Literal["job.not_found"]
    job_id: str
