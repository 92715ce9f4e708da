"""Waiting for stores that do not answer yet."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from chassis.ports.event_store import StoreRefused, StoreUnavailable

T = TypeVar("T")
_RETRY_SECONDS = 1.0


async def when_available(work: Callable[[], Awaitable[T]], wait_seconds: int) -> T:
    """Repeat work until the stores answer, for some seconds. Raises the last `StoreUnavailable`."""
    deadline, is_waiting = time.monotonic() + wait_seconds, False
    while True:
        try:
            return await work()
        except StoreRefused:
            raise
        except StoreUnavailable as problem:
            if time.monotonic() >= deadline:
                raise
            if not is_waiting:
                typer.echo(f"california-gold: {problem}; waiting for at most {wait_seconds} s", err=True)
                is_waiting = True
        await asyncio.sleep(_RETRY_SECONDS)
