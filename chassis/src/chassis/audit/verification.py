"""Verification of the log: by the hash chain of each stream, and by a checkpoint signed earlier."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.audit.chain import HashChains, Head
from chassis.audit.checkpoint import SignedCheckpoint, leaves
from chassis.audit.diagnosis import diagnose
from chassis.audit.fault import Fault, FaultType
from chassis.audit.merkle import merkle_root
from chassis.ports.event_store import START, EventStore, StoredEvent

Report = Callable[[int, int], None]
"""Receives how many events were read, and the position of the last one."""


@dataclass(frozen=True)
class LogScan:
    """The result of a scan of the whole log. `earlier_heads` are the heads at the requested position."""

    heads: Mapping[str, Head] = field(repr=False)
    earlier_heads: Mapping[str, Head] = field(repr=False)
    position: int
    events: int
    faults: Sequence[Fault]


async def scan_log(events: EventStore, earlier_position: int | None = None, report: Report | None = None) -> LogScan:
    """Scan the log up to its end, and take its heads at an earlier position on the way.

    Memory grows with the number of streams, not of events. `report` is told the progress after each page.
    """
    chains, position = HashChains(), START
    earlier: Mapping[str, Head] | None = None
    async for page in events.read_all():
        if earlier_position is not None and earlier is None and page[-1].position > earlier_position:
            chains.add([event for event in page if event.position <= earlier_position])
            earlier = dict(chains.heads)
            page = [event for event in page if event.position > earlier_position]
        chains.add(page)
        position = page[-1].position
        if report is not None:
            report(chains.count, position)
    faults = [fault for stream in sorted(chains.broken) for fault in await _faults(events, stream)]
    return LogScan(chains.heads, earlier if earlier is not None else chains.heads, position, chains.count, faults)


async def verify_stream(events: EventStore, stream: str) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
    """Return the events of a stream and the faults in its chain."""
    stored = await events.read(stream)
    return stored, diagnose(stream, stored)


def compare_with_checkpoint(checkpoint: SignedCheckpoint, scan: LogScan) -> Sequence[Fault]:
    """Return the differences of the log from a checkpoint, given a scan with the checkpoint's position."""
    if merkle_root(leaves(scan.earlier_heads)).hex() == checkpoint.signed.statement.root:
        return []
    if checkpoint.heads is None:
        explanation = "the log up to the checkpoint is not the signed one; a checkpoint with heads names the stream"
        return [Fault(FaultType.ROOT_DIFFERS, "all streams", None, explanation)]
    return list(_differences(checkpoint.heads, scan))


def _differences(signed: Mapping[str, Head], scan: LogScan) -> Iterator[Fault]:
    for stream in sorted(signed.keys() | scan.earlier_heads.keys()):
        found, expected = scan.earlier_heads.get(stream), signed.get(stream)
        if found == expected:
            continue
        if expected is None:
            yield Fault(FaultType.STREAM_INSERTED, stream, None, "it did not exist when the checkpoint was signed")
        elif stream not in scan.heads:
            yield Fault(FaultType.STREAM_GONE, stream, None, f"it had {expected[0] + 1} events in the checkpoint")
        else:
            yield _changed(stream, expected, scan.heads[stream], found)


def _changed(stream: str, expected: Head, present: Head, found: Head | None) -> Fault:
    revision = expected[0]
    if present[0] < revision:
        explanation = f"it ends here; in the checkpoint it ends at {revision}"
        return Fault(FaultType.TRUNCATED, stream, present[0], explanation)
    if found is None or found[0] != revision:
        explanation = f"in the checkpoint it ends at {revision} at this position of the log"
        return Fault(FaultType.CHANGED, stream, found[0] if found else None, explanation)
    explanation = "the stream up to here is not the signed one"
    return Fault(FaultType.CHANGED, stream, revision, explanation)


async def _faults(events: EventStore, stream: str) -> Sequence[Fault]:
    _, faults = await verify_stream(events, stream)
    # The stream itself is consistent, but its events were out of order in the log.
    return faults or [Fault(FaultType.CHANGED, stream, None, "its events are not in order in the log")]
