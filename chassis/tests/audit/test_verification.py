"""Whatever is done to a log, it is found and named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.audit.checkpoint import Checkpoint, make_checkpoint
from chassis.audit.fault import FaultKind
from chassis.audit.signatures import Signer
from chassis.audit.verification import against, scan_log, verify_stream
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import Count, command_context, counters
from tests.audit.tampering import change, change_type, delete, delete_after, insert_copy, swap

A = "counter-a"
Tamper = Callable[[Path], None]
Named = tuple[FaultKind, str, int | None]

FOUND_BY_THE_CHAIN: dict[str, tuple[Tamper, Named]] = {
    "one byte of data": (lambda folder: change(folder, A, 3, "data", b"4", b"7"), (FaultKind.CHANGED, A, 3)),
    "one byte of the first event": (lambda folder: change(folder, A, 0, "data", b"1", b"7"), (FaultKind.CHANGED, A, 0)),
    "who it was": (lambda folder: change(folder, A, 2, "metadata", b"user:1", b"user:2"), (FaultKind.CHANGED, A, 2)),
    "the hash that it carries": (
        lambda folder: change(folder, A, 2, "metadata", b'previous_hash":"', b'previous_hash":"0'),
        (FaultKind.CHANGED, A, 2),
    ),
    "metadata that is no JSON": (
        lambda folder: change(folder, A, 2, "metadata", b"{", b"("),
        (FaultKind.CHANGED, A, 2),
    ),
    "a type": (lambda folder: change_type(folder, A, 4, "counters.removed.v1"), (FaultKind.CHANGED, A, 4)),
    "an event gone": (lambda folder: delete(folder, A, 2), (FaultKind.REMOVED, A, 2)),
    "the first event gone": (lambda folder: delete(folder, A, 0), (FaultKind.REMOVED, A, 0)),
    "an event gone and the gap closed": (
        lambda folder: delete(folder, A, 2, renumber=True),
        (FaultKind.REMOVED, A, 2),
    ),
    "an event put in": (lambda folder: insert_copy(folder, A, 2, uuid4().bytes), (FaultKind.INSERTED, A, 3)),
    "two events swapped": (lambda folder: swap(folder, A, 2), (FaultKind.SWAPPED, A, 2)),
}

FOUND_BY_A_CHECKPOINT: dict[str, tuple[Tamper, Named]] = {
    "the newest event": (lambda folder: change(folder, A, 5, "data", b"6", b"7"), (FaultKind.CHANGED, A, 5)),
    "a stream cut off": (lambda folder: delete_after(folder, A, 3), (FaultKind.TRUNCATED, A, 3)),
    "a whole stream gone": (lambda folder: delete_after(folder, A, -1), (FaultKind.STREAM_GONE, A, None)),
}


async def checkpoint(infrastructure: Infrastructure, signer: Signer) -> Checkpoint:
    scan = await scan_log(infrastructure.events)
    return await make_checkpoint(scan.heads, scan.position, scan.events, infrastructure.clock.now(), signer)


@pytest.mark.parametrize("what", FOUND_BY_THE_CHAIN)
async def test_the_chain_shows_and_names(what: str, log: Infrastructure, folder: Path) -> None:
    tamper, named = FOUND_BY_THE_CHAIN[what]
    tamper(folder)

    scan = await scan_log(log.events)

    assert [(fault.kind, fault.stream, fault.revision) for fault in scan.faults] == [named]


@pytest.mark.parametrize("what", FOUND_BY_A_CHECKPOINT)
async def test_a_checkpoint_shows_and_names(what: str, log: Infrastructure, folder: Path, signer: Signer) -> None:
    signed = await checkpoint(log, signer)
    tamper, named = FOUND_BY_A_CHECKPOINT[what]
    tamper(folder)

    scan = await scan_log(log.events, signed.signed.statement.position)

    assert scan.faults == []
    assert [(fault.kind, fault.stream, fault.revision) for fault in against(signed, scan)] == [named]


@pytest.mark.parametrize("what", FOUND_BY_A_CHECKPOINT)
async def test_without_its_heads_a_checkpoint_shows_it_all_the_same(
    what: str, log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = replace(await checkpoint(log, signer), heads=None)
    FOUND_BY_A_CHECKPOINT[what][0](folder)

    found = against(signed, await scan_log(log.events, signed.signed.statement.position))

    assert [fault.kind for fault in found] == [FaultKind.ROOT_DIFFERS]


async def test_a_stream_put_in_before_the_checkpoint_is_named(
    log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = await checkpoint(log, signer)
    forged = replace(signed, heads={stream: head for stream, head in (signed.heads or {}).items() if stream != A})
    root = (await make_checkpoint(forged.heads or {}, 12, 6, log.clock.now(), signer)).signed

    found = against(replace(forged, signed=root), await scan_log(log.events, 12))

    assert [(fault.kind, fault.stream) for fault in found] == [(FaultKind.STREAM_INSERTED, A)]


async def test_what_happened_after_a_checkpoint_is_no_fault(log: Infrastructure, signer: Signer) -> None:
    signed = await checkpoint(log, signer)
    for name in ("a", "c"):
        await counters(log).handle(name, Count(2), command_context())

    scan = await scan_log(log.events, signed.signed.statement.position)

    assert (scan.events, scan.faults, against(signed, scan)) == (16, [], [])


async def test_nothing_is_wrong_with_what_nobody_touched(log: Infrastructure) -> None:
    scan = await scan_log(log.events)

    assert (scan.events, len(scan.heads), scan.faults) == (12, 2, [])
    assert (await verify_stream(log.events, A))[1] == []


async def test_a_history_that_was_written_anew_is_found_by_the_checkpoint(
    log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = await checkpoint(log, signer)
    delete_after(folder, A, NO_STREAM)
    await counters(log).handle("a", Count(6), command_context())

    scan = await scan_log(log.events, 18)

    assert scan.faults == []
    assert [(fault.kind, fault.stream) for fault in against(signed, scan)] == [(FaultKind.CHANGED, A)]
