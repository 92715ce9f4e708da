"""The body of a job in the HTTP API, as commands and queries answer it: the schema of `job_view`."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from california_gold_contracts import messages
from california_gold_contracts.jobs import JobStatus


class JobFailure(BaseModel):
    """Why there is no result: `code` for programs, `message` for the owner."""

    code: str = Field(examples=["ZIP_INVALID"])
    message: str = Field(examples=[messages.DAMAGED_ARCHIVE])


class Job(BaseModel):
    """A job. The fields have the order of the response."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": messages.JOB,
            "example": {
                "id": "550e8400-e29b-41d4-a716-446655440000",
                "number": 1,
                "title": "Medical Analysis",
                "description": "CT scan analysis",
                "status": "completed",
                "progress": 100,
                "file_name": "scan.dcm",
                "file_size": 1024000,
                "owner_id": 1,
                "created_at": "2024-01-01T00:00:00Z",
                "updated_at": "2024-01-01T01:00:00Z",
                "results_payload": {"summary": {"total_volume": 1500.5, "lesions_count": 3}},
                "results_parsed_at": "2024-01-01T01:00:00Z",
                "failure": None,
            },
        }
    )

    id: UUID
    number: int = Field(description=messages.JOB_NUMBER)
    title: str | None
    description: str | None
    status: JobStatus
    progress: int = Field(ge=0, le=100, description=messages.JOB_PROGRESS)
    file_name: str | None
    file_size: int | None = Field(description=messages.SIZE_IN_BYTES)
    owner_id: int
    created_at: datetime
    updated_at: datetime | None
    results_payload: dict[str, JsonValue] | None
    results_parsed_at: datetime | None
    failure: JobFailure | None = Field(description=messages.JOB_FAILURE)
