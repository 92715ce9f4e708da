"""A checkpoint that is not a position of the log is told as what it is: it does not pass, unlike an outage."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.ports.event_store import NO_STREAM, PositionNotInLog, StoreUnavailable
from chassis.runtime.service import Worker
from chassis.runtime.supervisor import Supervisor
from eventstoredb_test_server.server import running_server
from testkit.conformance.samples import everything, new_events, next_page, unique
from testkit.eventually import eventually
from tests.servers.ports import free_port


@pytest.fixture
async def store(eventstoredb_uri: str) -> AsyncGenerator[KurrentEventStore]:
    async with kurrent_event_store(eventstoredb_uri) as store:
        yield store


async def position_between_events(store: KurrentEventStore) -> int:
    stream = unique("job-")
    await store.append(stream, new_events(2), NO_STREAM)
    return (await store.read(stream))[0].position + 1


async def test_a_subscription_after_the_end_of_the_log_tells_both_positions(store: KurrentEventStore) -> None:
    position = await position_between_events(store)
    with pytest.raises(PositionNotInLog, match=rf"ends at \d+, before the checkpoint {position + 10**9}: .*operations"):
        await next_page(store.subscribe_all(position + 10**9, ["job"]))


async def test_a_subscription_after_a_position_between_events_tells_it(store: KurrentEventStore) -> None:
    position = await position_between_events(store)
    with pytest.raises(PositionNotInLog, match=rf"no event is at the checkpoint {position}: .*operations"):
        await next_page(store.subscribe_all(position, ["job"]))


async def test_a_read_from_a_position_between_events_tells_it(store: KurrentEventStore) -> None:
    with pytest.raises(StoreUnavailable, match="no event at the position"):
        await everything(store.read_all(await position_between_events(store)))


async def test_a_subscription_ends_when_the_log_was_restored_from_an_older_backup(tmp_path: Path) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with kurrent_event_store(uri) as store:
        pages = store.subscribe_all(categories=["job"])
        async with running_server(port, tmp_path / "events.db"):
            await store.append("job-1", new_events(3), NO_STREAM)
            assert len(await next_page(pages)) == 3
        async with running_server(port, tmp_path / "older.db"):
            with pytest.raises(PositionNotInLog, match="the log ends at"):
                await next_page(pages)


async def test_a_worker_with_such_a_checkpoint_is_logged_and_not_ready(store: KurrentEventStore) -> None:
    position = await position_between_events(store)

    async def follow() -> None:
        async for _ in store.subscribe_all(position + 10**9):
            pass

    supervisor = Supervisor([Worker("relay:jobs", follow)])
    with capture_logs() as logs:
        async with supervisor.running():
            assert await eventually(supervisor.problem) == "failing: relay:jobs"
    assert (logs[0]["event"], logs[0]["worker"]) == ("worker_failed", "relay:jobs")
