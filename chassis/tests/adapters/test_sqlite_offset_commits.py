"""Acknowledged offsets are committed shortly after, those of all groups together."""

from pathlib import Path

from chassis.adapters.sqlite.message_bus import sqlite_message_bus
from chassis.ports.message_bus import Lag, Message
from testkit.conformance.samples import next_page
from testkit.eventually import eventually


async def test_acknowledged_offsets_are_committed_while_the_members_go_on(tmp_path: Path) -> None:
    path, groups = tmp_path / "messages.db", ("one", "other")
    async with sqlite_message_bus(path) as bus, sqlite_message_bus(path) as observer:
        await bus.publish([Message("things", "k", b"1"), Message("things", "k", b"2")])
        async with bus.subscribe(["things"], "one") as one, bus.subscribe(["things"], "other") as other:
            await one.acknowledge(await next_page(one.batches()))
            await other.acknowledge((await next_page(other.batches()))[:1])

            async def committed() -> bool:
                lags = [list(await observer.lag(["things"], group)) for group in groups]
                return lags == [[Lag("things", 0, 2)], [Lag("things", 1, 1)]]

            await eventually(committed, within=30)


async def test_the_lag_of_the_own_process_knows_acknowledgements_at_once(tmp_path: Path) -> None:
    async with sqlite_message_bus(tmp_path / "messages.db") as bus:
        await bus.publish([Message("things", "k", b"1")])
        async with bus.subscribe(["things"], "one") as member:
            await member.acknowledge(await next_page(member.batches()))
            assert list(await bus.lag(["things"], "one")) == [Lag("things", 0, 1)]
