"""Unique names, sample events, and readers of endless streams of pages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar, cast
from uuid import uuid4

from hypothesis import HealthCheck

from chassis.ports.event_store import NewEvent

T = TypeVar("T")
DEADLINE_SECONDS = 20.0
SHARED_SUITE = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""Health checks that do not apply: adapters inherit the suites, and examples share a store but no names."""


def unique(word: str) -> str:
    """Return a unique name without a hyphen."""
    return f"{word}{uuid4().hex}"


def new_events(count: int) -> list[NewEvent]:
    """Return events with new ids."""
    return [NewEvent(uuid4(), f"tests.thing-{number}.v1", b'{"n":%d}' % number) for number in range(count)]


async def next_page(pages: AsyncIterator[Sequence[T]]) -> list[T]:
    """Return the next page of a stream that may never end."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        return list(await anext(pages))


async def first(pages: AsyncIterator[Sequence[T]], count: int) -> list[T]:
    """Return at least the first `count` items of a stream that may never end."""
    items: list[T] = []
    async with asyncio.timeout(DEADLINE_SECONDS), aclosing(cast("Any", pages)):
        async for page in pages:
            items += page
            if len(items) >= count:
                break
    return items


async def everything(pages: AsyncIterator[Sequence[T]]) -> list[T]:
    """Return all items of a finite stream; check that no page is empty."""
    items: list[T] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for page in pages:
            assert page, "a page is never empty"
            items += page
    return items
