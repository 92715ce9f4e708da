"""PyMongo's asynchronous client is closed while it connects: no socket stays open (ADR 9)."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.ports.document_store import Collection
from testkit.conformance.samples import unique
from testkit.eventually import eventually

Loop = Callable[[], asyncio.AbstractEventLoop]
_LOOP_ITERATIONS = 60
"""Loop iterations after the first call to try; by the last one the client is connected."""


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """The network sockets that are opened from now on; an event loop has others."""
    opened: list[socket.socket] = []

    class RecordedSocket(socket.socket):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            if self.family == socket.AF_INET:
                opened.append(self)

    monkeypatch.setattr(socket, "socket", RecordedSocket)
    return opened


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_client_that_is_closed_while_it_connects_leaves_no_socket_open(
    mongodb_uri: str, sockets: list[socket.socket], loop: Loop
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        for iterations in range(_LOOP_ITERATIONS):
            runner.run(_close_after(iterations, mongodb_uri, sockets))


async def _close_after(iterations: int, uri: str, sockets: list[socket.socket]) -> None:
    async with mongo_database(uri, unique("tests-"), "pymongo") as database:
        reading = asyncio.ensure_future(MongoDocumentStore(database).get(Collection("things"), "a"))
        for _ in range(iterations):
            await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    async def all_are_closed() -> bool:
        return all(each.fileno() == -1 for each in sockets)

    await eventually(all_are_closed)
