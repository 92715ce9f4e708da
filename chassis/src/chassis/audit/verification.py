"""Whether the log is what was written: by the chain of each stream, and by a checkpoint signed earlier."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.audit.chain import Chains, Head
from chassis.audit.checkpoint import Checkpoint, leaves
from chassis.audit.diagnosis import diagnose
from chassis.audit.fault import Fault, FaultKind
from chassis.audit.merkle import merkle_root
from chassis.ports.event_store import START, EventStore, StoredEvent


@dataclass(frozen=True)
class LogScan:
    """The whole log, scan once. `then` are the heads as they were at the position that was asked for."""

    heads: Mapping[str, Head] = field(repr=False)
    then: Mapping[str, Head] = field(repr=False)
    position: int
    events: int
    faults: Sequence[Fault]


async def scan_log(events: EventStore, then: int | None = None) -> LogScan:
    """Follow the log up to its present end; memory grows with the number of streams, not of events."""
    chains, position = Chains(), START
    earlier: Mapping[str, Head] | None = None
    async for page in events.read_all():
        if then is not None and earlier is None and page[-1].position > then:
            chains.follow([event for event in page if event.position <= then])
            earlier = dict(chains.heads)
            page = [event for event in page if event.position > then]
        chains.follow(page)
        position = page[-1].position
    faults = [fault for stream in sorted(chains.broken) for fault in await _faults(events, stream)]
    return LogScan(chains.heads, earlier if earlier is not None else chains.heads, position, chains.count, faults)


async def verify_stream(events: EventStore, stream: str) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
    """Return the events of a stream and what is wrong with its chain."""
    stored = await events.read(stream)
    return stored, diagnose(stream, stored)


def against(checkpoint: Checkpoint, scan: LogScan) -> Sequence[Fault]:
    """Return how the log differs from a checkpoint; `scan` must have been scan with its position."""
    if merkle_root(leaves(scan.then)).hex() == checkpoint.signed.statement.root:
        return []
    if checkpoint.heads is None:
        sentence = "the log up to the checkpoint is not what was signed; a checkpoint with its heads can say where"
        return [Fault(FaultKind.ROOT_DIFFERS, "all streams", None, sentence)]
    return list(_differences(checkpoint.heads, scan))


def _differences(signed: Mapping[str, Head], scan: LogScan) -> Iterator[Fault]:
    for stream in sorted(signed.keys() | scan.then.keys()):
        found, expected = scan.then.get(stream), signed.get(stream)
        if found == expected:
            continue
        if expected is None:
            yield Fault(FaultKind.STREAM_INSERTED, stream, None, "it was not there when the checkpoint was signed")
        elif stream not in scan.heads:
            yield Fault(FaultKind.STREAM_GONE, stream, None, f"it had {expected[0] + 1} events in the checkpoint")
        else:
            yield _changed(stream, expected, scan.heads[stream], found)


def _changed(stream: str, expected: Head, present: Head, found: Head | None) -> Fault:
    revision = expected[0]
    if present[0] < revision:
        sentence = f"it ends here; the checkpoint has it up to {revision}"
        return Fault(FaultKind.TRUNCATED, stream, present[0], sentence)
    if found is None or found[0] != revision:
        sentence = f"the checkpoint has it up to {revision} at its position"
        return Fault(FaultKind.CHANGED, stream, found[0] if found else None, sentence)
    sentence = "the stream up to here is not the one that was signed"
    return Fault(FaultKind.CHANGED, stream, revision, sentence)


async def _faults(events: EventStore, stream: str) -> Sequence[Fault]:
    _, faults = await verify_stream(events, stream)
    # The stream alone reads well: what the log told of it was out of order.
    return faults or [Fault(FaultKind.CHANGED, stream, None, "its events are not in order in the log")]
