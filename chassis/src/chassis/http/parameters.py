"""Parameters of paths and queries that several services share."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
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

Skip = Annotated[int, Query(description=messages.SKIP.ru, ge=0, le=LARGEST_NUMBER)]
Limit = Annotated[int, Query(description=messages.LIMIT.ru, ge=1, le=1000)]
"""Which part of a list a page is: how many entries come before it, and how many it has at most."""
