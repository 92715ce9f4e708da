"""Two processes on the same data folder, and a process that is killed."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4, uuid5

from chassis.adapters.filesystem.object_store import FilesystemObjectStore
from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection
from chassis.ports.event_store import NO_STREAM, NewEvent, WrongExpectedRevision
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import DEADLINE_SECONDS, first

WRITER = Path(__file__).with_name("writing_process.py")
THINGS = Collection("things")


async def started(task: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(WRITER), task, str(folder), stdout=asyncio.subprocess.PIPE
    )


async def ended(process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await process.wait() == 0


async def killed_while_writing(folder: Path, acknowledged: int) -> int:
    """Kill a writing process after so many acknowledged writes; return the last acknowledged number."""
    process = await started("everything", folder)
    assert process.stdout
    async with asyncio.timeout(DEADLINE_SECONDS):
        while int(await process.stdout.readline()) < acknowledged:
            pass
    process.kill()
    later = (await process.communicate())[0].split()
    return int(later[-1]) if later else acknowledged


async def events_of(infrastructure: Infrastructure) -> list[int]:
    return [int(event.data) for event in await infrastructure.events.read("job-1")]


async def test_a_killed_process_loses_and_duplicates_no_acknowledged_write(tmp_path: Path) -> None:
    last = 0
    for round_ in range(3):
        folder = tmp_path / f"{round_}"
        last = await killed_while_writing(folder, 5 + 7 * round_)
        async with embedded(folder) as infrastructure:
            events = await events_of(infrastructure)
            assert events == list(range(len(events)))
            assert last < len(events) <= last + 2
            messages = await first(infrastructure.bus.follow(["things"], from_start=True), last + 1)
            assert [int(message.value) for message in messages] == list(range(len(messages)))
            assert len(messages) > last
            documents = await infrastructure.documents.get_many(THINGS, [f"{number}" for number in range(last + 1)])
            assert len(documents) == last + 1


async def test_after_a_kill_objects_are_whole_and_incomplete_uploads_are_swept(tmp_path: Path) -> None:
    last = await killed_while_writing(tmp_path, 12)
    async with embedded(tmp_path) as infrastructure:
        keys = [stored.key async for stored in infrastructure.objects.list("files/")]
        assert {f"files/{number}" for number in range(last + 1)} <= set(keys)
        for key in keys:
            size = sum([len(piece) async for piece in infrastructure.objects.open(key)])
            assert size == 200_000 + len(key.removeprefix("files/"))
        await cast("FilesystemObjectStore", infrastructure.objects).sweep(timedelta(0))
        assert sum(path.is_file() for path in (tmp_path / "objects" / "blobs").rglob("*")) == len(keys)


async def test_an_append_can_be_repeated_after_a_kill(tmp_path: Path) -> None:
    last = await killed_while_writing(tmp_path, 5)
    again = NewEvent(uuid5(UUID(int=7), f"{last}"), "tests.thing.v1", b"%d" % last)
    async with embedded(tmp_path) as infrastructure:
        before = await events_of(infrastructure)
        assert await infrastructure.events.append("job-1", [again], last - 1) == last
        assert await events_of(infrastructure) == before


async def test_writes_of_another_process_are_noticed(tmp_path: Path) -> None:
    async with embedded(tmp_path) as infrastructure:
        messages = infrastructure.bus.follow(["things"], from_start=False)
        assert list(await anext(messages)) == []
        events = asyncio.ensure_future(first(infrastructure.events.subscribe_all(categories=["job"]), 1))
        message = asyncio.ensure_future(first(messages, 1))
        document = asyncio.ensure_future(infrastructure.documents.wait_for(THINGS, "0", 0, DEADLINE_SECONDS))
        await ended(await started("one", tmp_path))
        assert len(await events) == 1
        assert len(await message) == 1
        assert await document


async def test_one_of_two_processes_wins_each_revision(tmp_path: Path) -> None:
    async with embedded(tmp_path) as infrastructure:
        competitor, won = await started("compete", tmp_path), 0
        while won < 20 or competitor.returncode is None:
            last = await infrastructure.events.last("job-1")
            revision = last.revision if last else NO_STREAM
            try:
                await infrastructure.events.append(
                    "job-1", [NewEvent(uuid4(), "tests.thing.v1", b"%d" % won)], revision
                )
            except WrongExpectedRevision:
                continue
            won += 1
        await ended(competitor)
        events = await infrastructure.events.read("job-1")
        assert [event.revision for event in events] == list(range(20 + won))
        assert len({event.id for event in events}) == 20 + won
