"""What the stream of a file adds to its owner's usage."""

from california_gold_contracts.event import Event
from california_gold_contracts.files import FileDeleted, FileStored
from chassis.quotas.usage import CountedStream, Usage


def counted(_: CountedStream | None, event: Event) -> CountedStream | None:
    """Return what the stream adds after an event: the present file, or nothing."""
    match event:
        case FileStored(owner_id=owner_id, size=size):
            return CountedStream(owner_id, Usage(bytes=size, files=1))
        case FileDeleted(owner_id=owner_id):
            return CountedStream(owner_id, Usage())
        case _:
            return None
