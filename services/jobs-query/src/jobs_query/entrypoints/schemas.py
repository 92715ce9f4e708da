"""What clients ask with, and what they are answered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Header, Query
from pydantic import BaseModel, Field, JsonValue

from chassis.http.authentication import SignedIn
from chassis.http.parameters import JobReference
from jobs_query.application.jobs import Question

_LARGEST = 2**63 - 1

MinRevision = Annotated[
    int | None,
    Header(
        alias="X-Min-Revision",
        ge=0,
        le=_LARGEST,
        description="Ревизия из ETag команды: ответ подождёт, пока чтение её покажет",
    ),
]
Skip = Annotated[int, Query(description="Сколько записей пропустить", ge=0, le=_LARGEST)]
Limit = Annotated[int, Query(description="Сколько записей вернуть", ge=1, le=1000)]


async def _question(job_id: JobReference, caller: SignedIn, min_revision: MinRevision = None) -> Question:
    return Question(job_id, caller.user_id, min_revision)


Asked = Annotated[Question, Depends(_question)]
"""The job that a path names, asked for by the caller."""


class ResultsOut(BaseModel):
    """Результат анализа."""

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
    source: Literal["cached"] = Field("cached", description="Результат прочитан из сохранённого")


class ZipEntryOut(BaseModel):
    """Файл в архиве. Размеры в байтах."""

    name: str = Field(examples=["file1.dcm"])
    size: int = Field(examples=[1024000])
    compressed_size: int = Field(examples=[512000])
    encrypted: bool = Field(examples=[False])


class ZipContentsOut(BaseModel):
    """Содержимое архива, без папок."""

    job_id: int = Field(description="Номер задания", examples=[1])
    zip_filename: str = Field(examples=["archive.zip"])
    total_files: int = Field(examples=[5])
    files: list[ZipEntryOut]


class ZipTotals(BaseModel):
    """Файлы архива в сумме, без папок."""

    total_files: int = Field(examples=[5])
    compressed_size: int = Field(examples=[1024000])
    compression_ratio: float = Field(ge=0, le=1, description="Сжатый размер к исходному", examples=[0.5])


class ZipInfoOut(BaseModel):
    """Сведения об архиве."""

    job_id: int = Field(description="Номер задания", examples=[1])
    zip_filename: str = Field(examples=["archive.zip"])
    file_size: int = Field(examples=[2048000])
    zip_info: ZipTotals


class ArtifactOut(BaseModel):
    """Файл, созданный анализом."""

    name: str = Field(examples=["mask.nii.gz"])
    media_type: str = Field(examples=["application/gzip"])
    size: int = Field(description="Размер в байтах", examples=[20480])
    url: str = Field(
        description="Относительно адреса API",
        examples=["/jobs/550e8400-e29b-41d4-a716-446655440000/artifacts/mask.nii.gz"],
    )
