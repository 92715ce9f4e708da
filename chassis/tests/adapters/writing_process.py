"""A separate process that writes into a data folder and prints what was acknowledged."""

import asyncio
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from uuid import UUID, uuid5

from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import NewEvent, WrongExpectedRevision
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message

THINGS = Collection("things")
SPACE = UUID(int=7)


def event(number: int) -> NewEvent:
    return NewEvent(uuid5(SPACE, str(number)), "tests.thing.v1", b"%d" % number)


async def content(number: int) -> AsyncIterator[bytes]:
    yield b"%d" % number
    yield b"x" * 200_000


async def write_everything(infrastructure: Infrastructure) -> None:
    for number in count():
        await infrastructure.events.append("job-1", [event(number)], number - 1)
        await infrastructure.bus.publish([Message("things", "k", b"%d" % number)])
        await infrastructure.documents.put_newer(THINGS, [Document(f"{number}", number, b"{}")])
        await infrastructure.objects.put(f"files/{number}", content(number), "text/plain")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def compete(infrastructure: Infrastructure) -> None:
    """Append to a stream in competition with another process until this one has succeeded 20 times."""
    won = 0
    for number in count(1000):
        last = await infrastructure.events.last("job-1")
        revision = last.revision if last else -1
        try:
            await infrastructure.events.append("job-1", [event(number)], revision)
        except WrongExpectedRevision:
            continue
        won += 1
        if won == 20:
            return


async def write_one(infrastructure: Infrastructure) -> None:
    await infrastructure.events.append("job-1", [event(0)], -1)
    await infrastructure.bus.publish([Message("things", "k", b"0")])
    await infrastructure.documents.put_newer(THINGS, [Document("0", 0, b"{}")])


async def main(task: str, folder: Path) -> None:
    async with embedded(folder) as infrastructure:
        await {"everything": write_everything, "compete": compete, "one": write_one}[task](infrastructure)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
