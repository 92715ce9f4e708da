"""Each kind of tampering with a log is detected and named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.audit.checkpoint import SignedCheckpoint, make_checkpoint
from chassis.audit.fault import FaultType
from chassis.audit.signatures import Signer
from chassis.audit.verification import compare_with_checkpoint, scan_log, verify_stream
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import Count, command_context, counters
from tests.audit.tampering import change, change_type, delete, delete_after, insert_copy, swap

A = "counter-a"
Tamper = Callable[[Path], None]
Expected = tuple[FaultType, str, int | None]

DETECTED_BY_THE_CHAIN: dict[str, tuple[Tamper, Expected]] = {
    "a changed byte of data": (lambda folder: change(folder, A, 3, "data", b"4", b"7"), (FaultType.CHANGED, A, 3)),
    "a changed byte of the first event": (
        lambda folder: change(folder, A, 0, "data", b"1", b"7"),
        (FaultType.CHANGED, A, 0),
    ),
    "a changed actor": (
        lambda folder: change(folder, A, 2, "metadata", b"user:1", b"user:2"),
        (FaultType.CHANGED, A, 2),
    ),
    "a changed previous hash": (
        lambda folder: change(folder, A, 2, "metadata", b'previous_hash":"', b'previous_hash":"0'),
        (FaultType.CHANGED, A, 2),
    ),
    "metadata that is not JSON": (
        lambda folder: change(folder, A, 2, "metadata", b"{", b"("),
        (FaultType.CHANGED, A, 2),
    ),
    "a changed type": (lambda folder: change_type(folder, A, 4, "counters.removed.v1"), (FaultType.CHANGED, A, 4)),
    "a deleted event": (lambda folder: delete(folder, A, 2), (FaultType.REMOVED, A, 2)),
    "a deleted first event": (lambda folder: delete(folder, A, 0), (FaultType.REMOVED, A, 0)),
    "a deleted event and the later ones renumbered": (
        lambda folder: delete(folder, A, 2, renumber=True),
        (FaultType.REMOVED, A, 2),
    ),
    "an inserted event": (lambda folder: insert_copy(folder, A, 2, uuid4().bytes), (FaultType.INSERTED, A, 3)),
    "two swapped events": (lambda folder: swap(folder, A, 2), (FaultType.SWAPPED, A, 2)),
}

DETECTED_BY_A_CHECKPOINT: dict[str, tuple[Tamper, Expected]] = {
    "a changed newest event": (lambda folder: change(folder, A, 5, "data", b"6", b"7"), (FaultType.CHANGED, A, 5)),
    "a truncated stream": (lambda folder: delete_after(folder, A, 3), (FaultType.TRUNCATED, A, 3)),
    "a deleted stream": (lambda folder: delete_after(folder, A, -1), (FaultType.STREAM_GONE, A, None)),
}


async def checkpoint(infrastructure: Infrastructure, signer: Signer) -> SignedCheckpoint:
    scan = await scan_log(infrastructure.events)
    return await make_checkpoint(scan.heads, scan.position, scan.events, infrastructure.clock.now(), signer)


@pytest.mark.parametrize("tampering", DETECTED_BY_THE_CHAIN)
async def test_the_chain_detects_and_names(tampering: str, log: Infrastructure, folder: Path) -> None:
    tamper, expected = DETECTED_BY_THE_CHAIN[tampering]
    tamper(folder)

    scan = await scan_log(log.events)

    assert [(fault.type, fault.stream, fault.revision) for fault in scan.faults] == [expected]


@pytest.mark.parametrize("tampering", DETECTED_BY_A_CHECKPOINT)
async def test_a_checkpoint_detects_and_names(
    tampering: str, log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = await checkpoint(log, signer)
    tamper, expected = DETECTED_BY_A_CHECKPOINT[tampering]
    tamper(folder)

    scan = await scan_log(log.events, signed.signed.statement.position)

    assert scan.faults == []
    assert [(fault.type, fault.stream, fault.revision) for fault in compare_with_checkpoint(signed, scan)] == [expected]


@pytest.mark.parametrize("tampering", DETECTED_BY_A_CHECKPOINT)
async def test_a_checkpoint_without_heads_detects_tampering_too(
    tampering: str, log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = replace(await checkpoint(log, signer), heads=None)
    DETECTED_BY_A_CHECKPOINT[tampering][0](folder)

    found = compare_with_checkpoint(signed, await scan_log(log.events, signed.signed.statement.position))

    assert [fault.type for fault in found] == [FaultType.ROOT_DIFFERS]


async def test_a_stream_inserted_before_the_checkpoint_is_named(
    log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = await checkpoint(log, signer)
    forged = replace(signed, heads={stream: head for stream, head in (signed.heads or {}).items() if stream != A})
    root = (await make_checkpoint(forged.heads or {}, 12, 6, log.clock.now(), signer)).signed

    found = compare_with_checkpoint(replace(forged, signed=root), await scan_log(log.events, 12))

    assert [(fault.type, fault.stream) for fault in found] == [(FaultType.STREAM_INSERTED, A)]


async def test_events_after_a_checkpoint_are_no_fault(log: Infrastructure, signer: Signer) -> None:
    signed = await checkpoint(log, signer)
    for name in ("a", "c"):
        await counters(log).handle(name, Count(2), command_context())

    scan = await scan_log(log.events, signed.signed.statement.position)

    assert (scan.events, scan.faults, compare_with_checkpoint(signed, scan)) == (16, [], [])


async def test_an_unchanged_log_has_no_faults(log: Infrastructure) -> None:
    scan = await scan_log(log.events)

    assert (scan.events, len(scan.heads), scan.faults) == (12, 2, [])
    assert (await verify_stream(log.events, A))[1] == []


async def test_a_rewritten_history_is_detected_by_the_checkpoint(
    log: Infrastructure, folder: Path, signer: Signer
) -> None:
    signed = await checkpoint(log, signer)
    delete_after(folder, A, NO_STREAM)
    await counters(log).handle("a", Count(6), command_context())

    scan = await scan_log(log.events, 18)

    assert scan.faults == []
    assert [(fault.type, fault.stream) for fault in compare_with_checkpoint(signed, scan)] == [(FaultType.CHANGED, A)]
