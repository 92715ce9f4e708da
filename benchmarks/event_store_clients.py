"""`python -m benchmarks.event_store_clients`: two Python clients of EventStoreDB side by side (ADR 18).

The package `eventstoredb` is no dependency of the product: `pip install eventstoredb==0.9.0` first, in an environment
that may be thrown away.
"""

# The other client is not installed where the types are checked.
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import uuid4

from eventstoredb import Client
from eventstoredb.events import JsonEvent
from eventstoredb.options import AppendExpectedRevision, AppendToStreamOptions, ReadAllOptions
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, StreamState

from benchmarks.table import Row, print_table
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port

_ROUNDS = 5
_APPENDS = 500
_AT_ONCE = 20
_EVENTS = 5_000
_DATA = b'{"number": 1, "title": "CT of the chest", "description": null, "owner_id": 7}'
Append = Callable[[str], Awaitable[object]]
Read = Callable[[], Awaitable[int]]


async def _rate(count: int, work: Awaitable[object]) -> float:
    start = perf_counter()
    await work
    return count / (perf_counter() - start)


async def _append_all(append: Append) -> None:
    streams = iter([f"stream-{uuid4()}" for _ in range(_APPENDS)])

    async def worker() -> None:
        for stream in streams:
            await append(stream)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))


async def _measure(kurrent: AsyncKurrentDBClient, other: Client) -> Sequence[Row]:
    async def append_kurrent(stream: str) -> object:
        event = NewEvent("benchmark", _DATA, b"{}", id=uuid4())
        return await kurrent.append_to_stream(stream, events=[event], current_version=StreamState.NO_STREAM)

    async def append_other(stream: str) -> object:
        options = AppendToStreamOptions(expected_revision=AppendExpectedRevision.NO_STREAM)
        return await other.append_to_stream(stream, JsonEvent("benchmark", data=_DATA, metadata=b"{}"), options)

    async def read_kurrent() -> int:
        return len([event async for event in await kurrent.read_all(limit=_EVENTS)])

    async def read_other() -> int:
        return len([event async for event in other.read_all(ReadAllOptions(max_count=_EVENTS))])

    names = ("append", "append", "read", "read")
    rates: list[list[float]] = [[] for _ in names]
    for _ in range(_ROUNDS):
        rates[0].append(await _rate(_APPENDS, _append_all(append_kurrent)))
        rates[1].append(await _rate(_APPENDS, _append_all(append_other)))
    await kurrent.append_to_stream(
        f"stream-{uuid4()}",
        events=[NewEvent("benchmark", _DATA, b"{}") for _ in range(_EVENTS)],
        current_version=StreamState.NO_STREAM,
    )
    for _ in range(_ROUNDS):
        rates[2].append(await _rate(_EVENTS, read_kurrent()))
        rates[3].append(await _rate(_EVENTS, read_other()))
    return [
        _row(f"appends, {_AT_ONCE} at once", "appends/s", rates[0], rates[1]),
        _row(f"reading {_EVENTS} events of the log", "events/s", rates[2], rates[3]),
    ]


def _row(what: str, unit: str, kurrent: Sequence[float], other: Sequence[float]) -> Row:
    ratio = median(ours / theirs for ours, theirs in zip(kurrent, other, strict=True))
    return Row(what, f"{median(kurrent):,.0f} {unit}", f"{median(other):,.0f} {unit}", ratio)


async def _encrypts(other: Client) -> bool:
    """Tell whether the client opens a TLS connection for a connection string that asks for one."""
    begun = asyncio.get_running_loop().create_future()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set_result(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        asking = asyncio.ensure_future(
            Client(f"esdb://user:secret@127.0.0.1:{port}?tls=true").append_to_stream("s", JsonEvent("t", data=b"{}"))
        )
        first = await asyncio.wait_for(begun, 10)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    return first == b"\x16"  # a TLS handshake record (RFC 8446, section 5.1)


async def main() -> None:
    """Print the table, and whether the other client encrypts."""
    with TemporaryDirectory() as folder:
        server = EventStoreDbServer(Path(folder) / "server", free_port())
        server.start()
        kurrent = AsyncKurrentDBClient(server.endpoint)
        await kurrent.connect()
        other = Client(f"esdb://127.0.0.1:{server.port}?tls=false")
        try:
            rows = await _measure(kurrent, other)
            print_table(rows)
            sys.stdout.write(f"eventstoredb with tls=true opens a TLS connection: {await _encrypts(other)}\n")
        finally:
            other.channel.close()
            await kurrent.close()
            server.stop()


if __name__ == "__main__":
    asyncio.run(main())
