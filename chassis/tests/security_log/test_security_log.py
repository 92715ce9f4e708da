"""The security log: sealed entries in a stream per day, written in batches, readable for a limited time."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from chassis.audit.verification import scan_log
from chassis.composition.embedded import embedded
from chassis.ports.event_store import EventStore, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.security_log.day_keys import DayKeys
from chassis.security_log.entry import SecurityEntry, stream_of
from chassis.security_log.reading import read_entries
from chassis.security_log.repetitions import Repetitions
from chassis.security_log.sealed_box import Sealer, UnreadableBox, open_box, public_key_of
from chassis.security_log.security_log import SecurityLog
from testkit.clock import ManualClock
from testkit.eventually import eventually
from testkit.running import running

TODAY = date(2026, 1, 1)
RETENTION = timedelta(days=30)
LOGIN = SecurityEntry("login", user_id=7, address="192.0.2.0/24", time=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def stores(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data", clock=clock) as opened:
        yield opened


async def test_an_entry_is_written_soon_and_can_be_read(stores: Infrastructure) -> None:
    log = SecurityLog(stores)
    async with running(DayKeys(stores, RETENTION).run(), log.run()):
        log.record(LOGIN)

        async def written() -> bool:
            return bool(await stores.events.read(stream_of(TODAY)))

        await eventually(written, within=30)
    assert (await read_entries(stores, TODAY, TODAY)).entries == [LOGIN]


async def test_an_entry_waits_until_the_key_of_the_day_is_published(stores: Infrastructure) -> None:
    log = SecurityLog(stores)
    log.record(LOGIN)
    await log.drain()
    assert not await stores.events.read(stream_of(TODAY))
    await DayKeys(stores, RETENTION).renew()
    await log.drain()
    assert LOGIN in (await read_entries(stores, TODAY, TODAY)).entries


async def test_entries_are_kept_while_the_event_store_is_unavailable(stores: Infrastructure) -> None:
    await DayKeys(stores, RETENTION).renew()
    log = SecurityLog(replace(stores, events=cast("EventStore", _Unavailable())))
    log.record(LOGIN)
    await log.drain()
    log.infrastructure = stores
    await log.drain()
    assert LOGIN in (await read_entries(stores, TODAY, TODAY)).entries


async def test_nothing_of_an_entry_but_its_action_can_be_read_in_the_log(stores: Infrastructure) -> None:
    await DayKeys(stores, RETENTION).renew()
    log = SecurityLog(stores)
    log.record(replace(LOGIN, subject="job-of-a-person"))
    await log.drain()
    for event in await stores.events.read(stream_of(TODAY)):
        for text in (b"192.0.2.0", b"job-of-a-person", b"user:7"):
            assert text not in event.data + event.metadata


async def test_after_the_retention_nobody_reads_a_day_and_the_log_still_verifies(
    stores: Infrastructure, clock: ManualClock
) -> None:
    await DayKeys(stores, RETENTION).renew()
    log = SecurityLog(stores)
    log.record(LOGIN)
    await log.drain()
    last_day = TODAY + RETENTION
    for days, readable in ((last_day, True), (last_day + timedelta(days=1), False)):
        clock.time = datetime.combine(days, datetime.min.time(), UTC)
        await DayKeys(stores, RETENTION).renew()
        found = await read_entries(stores, TODAY, TODAY)
        assert (LOGIN in found.entries, found.expired) == (readable, [] if readable else [TODAY])
    assert not (await scan_log(stores.events)).faults


async def test_days_on_which_no_process_ran_are_destroyed_later(stores: Infrastructure, clock: ManualClock) -> None:
    for day in range(3):
        clock.time = datetime(2026, 1, 1 + day, tzinfo=UTC)
        await DayKeys(stores, RETENTION).renew()
        log = SecurityLog(stores)
        log.record(LOGIN)
        await log.drain()
    clock.time = datetime(2026, 6, 1, tzinfo=UTC)
    await DayKeys(stores, RETENTION).renew()
    found = await read_entries(stores, TODAY, TODAY + timedelta(days=2))
    assert (len(found.entries), len(found.expired)) == (0, 3)


async def test_two_processes_write_one_stream(stores: Infrastructure) -> None:
    await DayKeys(stores, RETENTION).renew()
    logs = [SecurityLog(stores) for _ in range(2)]
    for number in range(250):
        for log in logs:
            log.record(replace(LOGIN, subject=str(number)))
    await asyncio.gather(*(log.drain() for log in logs))
    assert len((await read_entries(stores, TODAY, TODAY)).entries) == 500
    assert not (await scan_log(stores.events)).faults


def test_repetitions_are_counted_in_one_entry() -> None:
    repetitions = Repetitions()
    assert [repetitions.is_first(LOGIN, anonymous=False) for _ in range(5)] == [True, False, False, False, False]
    later = LOGIN.time + timedelta(minutes=1)
    assert repetitions.take(later) == [replace(LOGIN, count=4)]
    assert repetitions.is_first(LOGIN, anonymous=False)


def test_anonymous_callers_cause_a_bounded_number_of_entries() -> None:
    repetitions = Repetitions(max_anonymous=20)
    guesses = [SecurityEntry("login-refused", name_hash=str(number), reason="unknown name") for number in range(10_000)]
    first = [entry for entry in guesses if repetitions.is_first(entry, anonymous=True)]
    (others,) = repetitions.take(LOGIN.time)
    assert (len(first), others.action, others.count) == (20, "login-refused", 9_980)


def test_a_box_is_opened_by_its_private_key_alone() -> None:
    private_key, other = bytes(range(32)), bytes(range(1, 33))
    box = Sealer(public_key_of(private_key)).seal(b"text")
    assert open_box(private_key, box) == b"text"
    for key, changed in ((other, box), (private_key, box[:-1] + bytes([box[-1] ^ 1])), (private_key, b"short")):
        with pytest.raises(UnreadableBox):
            open_box(key, changed)


class _Unavailable:
    async def last(self, _stream: str) -> None:
        raise StoreUnavailable("the store of the test is away")
