"""Path parameters that several services share."""

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from chassis.http import messages

LARGEST_NUMBER = 2**63 - 1
"""The largest number that every store can hold: a signed 64-bit integer."""

UuidOrNumber = UUID | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]

JobReference = Annotated[
    UuidOrNumber,
    Path(description=messages.JOB_REFERENCE.ru, examples=["550e8400-e29b-41d4-a716-446655440000", 1]),
]
"""The job that a path names, by its id or its number."""
