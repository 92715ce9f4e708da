"""Each event counts once, whoever reads it and however often."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4, uuid5

from california_gold_contracts.catalog import FILES
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.files import FileDeleted, FileStored
from chassis.commands.recording import envelope_of
from chassis.coordination.checkpoints import CHECKPOINTS
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.usage import COUNTED_STREAMS, USAGE, CountedStream, Usage, usage_id, usage_of
from chassis.quotas.usage_counter import UsageCounter
from testkit import appending
from testkit.eventually import eventually
from testkit.running import running

OWNER = 7
NAMESPACE = UUID(int=1)


def counted(_: CountedStream | None, event: Event) -> CountedStream | None:
    match event:
        case FileStored(owner_id=owner_id, size=size):
            return CountedStream(owner_id, Usage(bytes=size, files=1))
        case FileDeleted(owner_id=owner_id):
            return CountedStream(owner_id, Usage())
        case _:
            return None


def counter(infrastructure: Infrastructure) -> UsageCounter:
    return UsageCounter(infrastructure, "file", FILES, counted)


def file(name: str, size: int) -> FileStored:
    return FileStored(
        file_id=uuid5(NAMESPACE, name),
        owner_id=OWNER,
        bucket="uploads",
        name=name,
        size=size,
        sha256="00",
        content_type="x/y",
        object_key=f"files/7/{uuid4()}",
    )


async def append(infrastructure: Infrastructure, event: FileStored | FileDeleted) -> None:
    await appending.append(infrastructure, f"file-{event.file_id}", event)


async def log(infrastructure: Infrastructure) -> Sequence[Envelope]:
    return [envelope_of(event) async for page in infrastructure.events.read_all(categories=["file"]) for event in page]


async def stored_and_replaced(infrastructure: Infrastructure) -> Usage:
    """Append the events of three files, one of them replaced and one deleted; return what is to be counted."""
    for event in (file("a", 10), file("b", 200), file("a", 1), file("c", 3000)):
        await append(infrastructure, event)
    await append(infrastructure, FileDeleted(file_id=file("b", 0).file_id, owner_id=OWNER))
    return Usage(bytes=3001, files=2)


async def test_the_files_that_are_there_count(infrastructure: Infrastructure) -> None:
    expected = await stored_and_replaced(infrastructure)
    async with running(counter(infrastructure).run()):

        async def is_counted() -> bool:
            return await usage_of(infrastructure.documents, OWNER) == expected

        await eventually(is_counted, within=30)


async def test_events_that_are_read_again_count_once(infrastructure: Infrastructure) -> None:
    expected = await stored_and_replaced(infrastructure)
    events = await log(infrastructure)
    for page in (events[:2], events[1:4], events, events[2:]):
        await counter(infrastructure).handle(page)
    assert await usage_of(infrastructure.documents, OWNER) == expected


async def test_an_interruption_between_the_two_writes_counts_once(infrastructure: Infrastructure) -> None:
    expected = await stored_and_replaced(infrastructure)
    events = await log(infrastructure)
    await counter(infrastructure).handle(events[:3])
    await infrastructure.documents.delete(COUNTED_STREAMS, [event.stream for event in events])
    await counter(infrastructure).handle(events)
    assert await usage_of(infrastructure.documents, OWNER) == expected


async def test_two_processes_that_count_at_once_count_once(infrastructure: Infrastructure) -> None:
    expected = await stored_and_replaced(infrastructure)
    events = await log(infrastructure)
    await asyncio.gather(*(counter(infrastructure).handle(events[:end]) for end in (3, 5, 4, 5)))
    await counter(infrastructure).handle(events)
    assert await usage_of(infrastructure.documents, OWNER) == expected


async def test_lost_documents_are_counted_anew(infrastructure: Infrastructure) -> None:
    expected = await stored_and_replaced(infrastructure)
    await counter(infrastructure).handle(await log(infrastructure))
    await infrastructure.documents.delete(USAGE, [usage_id(OWNER, "file")])
    await infrastructure.documents.delete(COUNTED_STREAMS, [event.stream for event in await log(infrastructure)])
    await infrastructure.documents.delete(CHECKPOINTS, ["catch-up:usage:file"])
    other = replace(infrastructure, instance="another")
    async with running(counter(other).run()):

        async def is_counted() -> bool:
            return await usage_of(infrastructure.documents, OWNER) == expected

        await eventually(is_counted, within=30)
