"""One command sent twice at once: EventStoreDB drops an append whose events are written but not yet indexed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.adapters.sqlite.database import Database
from chassis.ports.event_store import NO_STREAM, StoreUnavailable, WrongExpectedRevision
from eventstoredb_test_server.append_errors import batch_error
from eventstoredb_test_server.protocol import BatchAppendReq, BatchAppendResp, Context
from eventstoredb_test_server.refusals import CommitTimeout
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import new_events
from tests.servers.ports import free_port

ANSWER_SECONDS = 0.15
"""Time in which the server has stored an append and not yet answered it."""

DEADLINE_SECONDS = 0.3
ROUNDS = 5
"""The best of them counts: other tests may keep the machine busy."""


class Stores(AsyncExitStack):
    """Event stores on one server, each with a connection of its own, as several processes have."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        self._uri = uri

    async def open(self, count: int) -> Sequence[KurrentEventStore]:
        stores = [await self.enter_async_context(kurrent_event_store(self._uri)) for _ in range(count)]
        for store in stores:
            await store.read("job-0")  # connects
        return stores


class ForgetfulStreams(StreamsService):
    """Tells of the first appends that their time ran out, and has stored nothing of them."""

    def __init__(self, database: Database, forgotten: int) -> None:
        super().__init__(database)
        self._left = forgotten

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        if not self._left:
            async for response in super().BatchAppend(request_iterator, context):
                yield response
            return
        self._left -= 1
        request = await anext(aiter(request_iterator))
        stream = request.options.stream_identifier
        yield BatchAppendResp(
            correlation_id=request.correlation_id,
            stream_identifier=stream,
            error=batch_error(CommitTimeout(), stream, NO_STREAM),
        )


class CountingStreams(StreamsService):
    """Stores an append some time before it answers, and counts appends."""

    appends = 0

    def __init__(self, database: Database) -> None:
        super().__init__(database, answer_seconds=ANSWER_SECONDS)

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        type(self).appends += 1
        async for response in super().BatchAppend(request_iterator, context):
            yield response


async def append_everywhere(stores: Sequence[KurrentEventStore], stream: str) -> float:
    """Append the same events twice with each store; return the seconds until the last answer."""
    loop, events = asyncio.get_running_loop(), new_events(2)
    started = loop.time()
    revisions = await asyncio.gather(*(store.append(stream, events, NO_STREAM) for store in stores for _ in range(2)))
    seconds = loop.time() - started
    assert revisions == [1] * 2 * len(stores)
    assert [event.id for event in await stores[0].read(stream)] == [event.id for event in events]
    return seconds


@pytest.mark.parametrize("processes", [1, 3])
async def test_a_command_sent_many_times_at_once_is_answered_in_time(tmp_path: Path, processes: int) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", CountingStreams), Stores(uri) as opened:
        stores = await opened.open(processes)
        seconds = [await append_everywhere(stores, f"job-{number}") for number in range(ROUNDS)]
        assert min(seconds) < DEADLINE_SECONDS


async def test_equal_appends_of_one_process_are_one_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CountingStreams, "appends", 0)
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", CountingStreams), Stores(uri) as opened:
        await append_everywhere(await opened.open(1), "job-1")
    assert CountingStreams.appends == 1


async def test_another_event_at_the_same_revision_is_refused_meanwhile(tmp_path: Path) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", CountingStreams), Stores(uri) as opened:
        stores = await opened.open(2)
        results = await asyncio.gather(
            *(store.append("job-1", new_events(1), NO_STREAM) for store in stores), return_exceptions=True
        )
        assert [type(result) for result in results if isinstance(result, Exception)] == [WrongExpectedRevision]
        assert len(await stores[0].read("job-1")) == 1


async def test_a_repeated_command_interrupts_no_subscription(tmp_path: Path) -> None:
    uri, events = f"esdb://127.0.0.1:{(port := free_port())}?tls=false", new_events(1)
    with capture_logs() as logs:
        async with running_server(port, tmp_path / "events.db", CountingStreams), Stores(uri) as opened:
            stores = await opened.open(2)
            pages = aiter(stores[1].subscribe_all(categories=["job"]))
            page = asyncio.ensure_future(anext(pages))
            await asyncio.gather(*(store.append("job-1", events, NO_STREAM) for store in stores))
            assert [event.id for event in await page] == [events[0].id]
            await stores[0].append("job-2", new_events(1), NO_STREAM)
            assert [event.stream for event in await anext(pages)] == ["job-2"]
    assert logs == []


@pytest.mark.parametrize("forgotten", [1, 2])
async def test_an_append_whose_time_ran_out_is_repeated_once_on_the_same_connection(
    tmp_path: Path, forgotten: int
) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    streams = partial(ForgetfulStreams, forgotten=forgotten)
    with capture_logs() as logs:
        async with running_server(port, tmp_path / "events.db", streams), Stores(uri) as opened:
            [store] = await opened.open(1)
            pages = aiter(store.subscribe_all(categories=["job"]))
            page = asyncio.ensure_future(anext(pages))
            if forgotten > 1:
                with pytest.raises(StoreUnavailable, match="did not commit"):
                    await store.append("job-1", new_events(1), NO_STREAM)
            assert await store.append("job-1", new_events(1), NO_STREAM) == 0
            assert [event.stream for event in await page] == ["job-1"]
    assert logs == []


async def test_a_cancelled_append_leaves_the_others_their_answer(tmp_path: Path) -> None:
    uri, events = f"esdb://127.0.0.1:{(port := free_port())}?tls=false", new_events(1)
    async with running_server(port, tmp_path / "events.db", CountingStreams), Stores(uri) as opened:
        [store] = await opened.open(1)
        appends = [asyncio.ensure_future(store.append("job-1", events, NO_STREAM)) for _ in range(3)]
        await asyncio.sleep(0)
        appends[0].cancel()
        results = await asyncio.gather(*appends, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [0, 0]


async def test_equal_appends_share_a_failure(tmp_path: Path) -> None:
    events = new_events(1)
    async with kurrent_event_store(f"esdb://127.0.0.1:{free_port()}?tls=false") as store:
        results = await asyncio.gather(
            *(store.append("job-1", events, NO_STREAM) for _ in range(3)), return_exceptions=True
        )
    assert [type(result) for result in results] == [StoreUnavailable] * 3
