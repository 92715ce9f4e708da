"""Parameters and bodies of the routes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from california_gold_contracts.jobs import JobStatus
from chassis.http.authentication import SignedIn
from chassis.http.parameters import LARGEST_NUMBER, JobReference
from jobs_query import messages
from jobs_query.application.jobs import JobQuery

MinRevision = Annotated[
    int | None,
    Header(
        alias="X-Min-Revision",
        ge=0,
        le=LARGEST_NUMBER,
        description=messages.MIN_REVISION.ru,
    ),
]

Statuses = Annotated[list[JobStatus] | None, Query(description=messages.STATUS_FILTER.ru)]
Search = Annotated[str | None, Query(max_length=255, description=messages.SEARCH.ru, examples=["CT Scan"])]


async def _job_query(job_id: JobReference, caller: SignedIn, min_revision: MinRevision = None) -> JobQuery:
    return JobQuery(job_id, caller.user_id, min_revision)


RequestedJob = Annotated[JobQuery, Depends(_job_query)]
"""The caller's query for the job that the path names."""


class ResultsOut(BaseModel):
    """The result of an analysis."""

    model_config = ConfigDict(json_schema_extra={"description": messages.RESULTS_OUT.ru})

    job_id: UUID
    parsed_at: datetime | None
    results: dict[str, JsonValue] = Field(
        examples=[
            {
                "summary": {"total_volume": 1500.5, "lesions_count": 3, "confidence": 0.92},
                "findings": [
                    {
                        "type": "lesion",
                        "volume": 500.2,
                        "confidence": 0.95,
                        "location": {"x": 100, "y": 200, "z": 150},
                    }
                ],
                "metrics": [{"name": "dice_score", "value": 0.89}],
            }
        ]
    )
    source: Literal["cached"] = Field("cached", description=messages.RESULTS_SOURCE.ru)


class ZipEntryOut(BaseModel):
    """A file in an archive. Sizes in bytes."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ZIP_ENTRY_OUT.ru})

    name: str = Field(examples=["file1.dcm"])
    size: int = Field(examples=[1024000])
    compressed_size: int = Field(examples=[512000])
    encrypted: bool = Field(examples=[False])
    unsafe: bool = Field(description=messages.UNSAFE_NAME.ru, examples=[False])


class ZipContentsOut(BaseModel):
    """The content of an archive, without folders."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ZIP_CONTENTS_OUT.ru})

    job_id: int = Field(description=messages.JOB_NUMBER.ru, examples=[1])
    zip_filename: str = Field(examples=["archive.zip"])
    total_files: int = Field(examples=[5])
    files: list[ZipEntryOut]


class ZipTotals(BaseModel):
    """Totals of an archive's files, without folders."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ZIP_TOTALS.ru})

    total_files: int = Field(examples=[5])
    compressed_size: int = Field(examples=[1024000])
    compression_ratio: float = Field(ge=0, le=1, description=messages.COMPRESSION_RATIO.ru, examples=[0.5])


class ZipInfoOut(BaseModel):
    """The totals of an archive with its name and size."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ZIP_INFO_OUT.ru})

    job_id: int = Field(description=messages.JOB_NUMBER.ru, examples=[1])
    zip_filename: str = Field(examples=["archive.zip"])
    file_size: int = Field(examples=[2048000])
    zip_info: ZipTotals


class ArtifactOut(BaseModel):
    """A file that the analysis created."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ARTIFACT_OUT.ru})

    name: str = Field(examples=["mask.nii.gz"])
    media_type: str = Field(examples=["application/gzip"])
    size: int = Field(description=messages.SIZE_IN_BYTES.ru, examples=[20480])
    url: str = Field(
        description=messages.RELATIVE_URL.ru,
        examples=["/jobs/550e8400-e29b-41d4-a716-446655440000/artifacts/mask.nii.gz"],
    )
