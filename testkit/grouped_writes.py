"""Writes of SQLite that form one group."""

import asyncio
import sqlite3
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from chassis.adapters.sqlite.database import Database

T = TypeVar("T")
_SECONDS = 10


async def in_one_group(database: Database, *works: Callable[[sqlite3.Connection], T]) -> list[T | BaseException]:
    """Submit writes while the writer is busy; return their results and errors."""
    started, proceed = Event(), Event()

    def busy(_: sqlite3.Connection) -> None:
        started.set()
        assert proceed.wait(_SECONDS)

    waiting = asyncio.ensure_future(database.write(busy))
    await asyncio.to_thread(started.wait, _SECONDS)
    results = asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)
    await asyncio.sleep(0)
    proceed.set()
    await waiting
    return await asyncio.wait_for(results, _SECONDS)
