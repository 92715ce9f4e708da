"""A subscription goes on where it was after interruptions, and bears a slow reader and many others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import grpc
import pytest
from structlog.testing import capture_logs

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.adapters.sqlite.database import Database
from chassis.ports.event_store import NO_STREAM, NewEvent, StoreUnavailable
from eventstoredb_test_server.protocol import Context, ReadReq, ReadResp
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import everything, new_events, next_page, unique
from testkit.eventually import eventually
from testkit.log_follower import following
from tests.servers.ports import free_port

SECONDS_BEFORE_A_CALL_GIVES_UP = 5.0
SERVER_PATIENCE_SECONDS = 1.0
"""The test server ends a live subscription whose client reads nothing for half of it."""


async def append(store: KurrentEventStore, count: int) -> None:
    for event in new_events(count):
        await store.append(unique("job-"), [event], NO_STREAM)


class RecordingStreams(StreamsService):
    """Records where subscriptions start, and ends them on demand."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.starts, self.interrupted = list[int](), asyncio.Event()

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        if request.options.WhichOneof("count_option") != "subscription":
            async for message in super().Read(request, context):
                yield message
            return
        self.starts.append(request.options.all.position.commit_position)
        responses = aiter(super().Read(request, context))
        while True:
            response, interruption = (
                asyncio.ensure_future(anext(responses)),
                asyncio.ensure_future(self.interrupted.wait()),
            )
            await asyncio.wait([response, interruption], return_when=asyncio.FIRST_COMPLETED)
            if not response.done():
                response.cancel()
                self.interrupted.clear()
                await context.abort(grpc.StatusCode.UNAVAILABLE, "")
            interruption.cancel()
            yield response.result()


async def test_a_subscription_of_a_rare_category_goes_on_from_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.adapters.kurrent.reading._WINDOW_EVENTS", 10)
    services: list[RecordingStreams] = []

    def streams(database: Database) -> RecordingStreams:
        services.append(RecordingStreams(database))
        return services[-1]

    async def is_subscribed_again() -> bool:
        return len(services[0].starts) == 2

    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with (
        running_server(port, tmp_path / "events.db", streams),
        kurrent_event_store(uri) as store,
        following(store) as follower,
    ):
        await append(store, 1)
        await follower.until(1)
        await store.append("other-1", new_events(600), NO_STREAM)
        await append(store, 1)
        await follower.until(2)
        await store.append("other-1", new_events(600), 599)
        services[0].interrupted.set()
        await eventually(is_subscribed_again)
        await append(store, 1)
        await follower.until(3)
        assert follower.events == await everything(store.read_all(categories=["job"]))
        assert services[0].starts[1] > (await store.read("other-1"))[700].position


async def test_a_subscription_that_reads_too_slowly_goes_on_without_gap_or_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.adapters.kurrent.subscription_buffer.PAGE_EVENTS", 10)
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    with capture_logs() as logs:
        async with (
            running_server(port, tmp_path / "events.db"),
            kurrent_event_store(uri) as writer,
            kurrent_event_store(uri) as store,
        ):
            await append(writer, 1)
            pages = store.subscribe_all(categories=["job"])
            events = await next_page(pages)
            await append(writer, 1)
            events += await next_page(pages)  # a live one
            for batch in range(80):
                large = [NewEvent(uuid4(), "tests.large.v1", b'"%s"' % (b"x" * 10_000)) for _ in range(16)]
                await writer.append("job-large", large, batch * 16 - 1)
            await asyncio.sleep(SERVER_PATIENCE_SECONDS)
            while len(events) < 2 + 80 * 16:
                events += await next_page(pages)
            assert events == await everything(writer.read_all(categories=["job"]))
    assert [(entry["event"], entry["reason"]) for entry in logs] == [
        ("subscription_interrupted", "event store: this process reads too slowly")
    ]


async def test_a_subscription_above_the_limit_of_a_connection_is_refused_and_stops_nobody(
    eventstoredb_uri: str,
) -> None:
    async with kurrent_event_store(eventstoredb_uri) as store:
        await append(store, 1)
        pages = [aiter(store.subscribe_all(categories=["job"])) for _ in range(81)]
        received = await asyncio.gather(*(anext(page) for page in pages), return_exceptions=True)
        assert sorted(isinstance(page, StoreUnavailable) for page in received) == [False] * 80 + [True]
        async with asyncio.timeout(SECONDS_BEFORE_A_CALL_GIVES_UP):
            await append(store, 1)
