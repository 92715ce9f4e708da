"""The auditor: reads and proves event histories; each access is recorded first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

from pydantic import JsonValue

import identity.entrypoints.audit
import jobs_command.entrypoints.audit
import storage.entrypoints.audit
from california_gold.operations.progress import Progress
from california_gold_contracts.topics import TOPICS
from chassis.audit.access import AccessLog
from chassis.audit.audited_type import AuditedType, UnknownSubject
from chassis.audit.bundle import BundleContents, BundledObject, make_bundle
from chassis.audit.checkpoint import SignedCheckpoint, make_checkpoint
from chassis.audit.fault import Fault
from chassis.audit.point_in_time import NotYet
from chassis.audit.signatures import Signer, fingerprint_of
from chassis.audit.verification import LogScan, compare_with_checkpoint, scan_log, verify_stream
from chassis.commands.context import CommandContext, command_line_actor
from chassis.coordination.checkpoints import Checkpoints
from chassis.ports.event_store import StoredEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound
from chassis.projections.rebuilding import RebuildProgress

AUDITED_TYPES: dict[str, AuditedType] = {
    audited_type.name: audited_type
    for audited_type in (
        jobs_command.entrypoints.audit.AUDITED,
        identity.entrypoints.audit.AUDITED,
        storage.entrypoints.audit.AUDITED,
    )
}


class BrokenStream(Exception):
    """The stream to export was changed since it was written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def fold_state(type_name: str, events: Sequence[StoredEvent]) -> JsonValue:
    """Return the state that the events of an audited type fold to. Raises `KeyError` for an unknown type."""
    return AUDITED_TYPES[type_name].state(events)


@dataclass(frozen=True)
class Auditor:
    """Reads the log for the user of the command line; each access is recorded before it."""

    infrastructure: Infrastructure

    async def stream(
        self, audited_type: AuditedType, reference: str, action: str
    ) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
        """Return the events of an aggregate and the faults in its chain. Raises `UnknownSubject`."""
        name = await audited_type.stream_of(reference, self.infrastructure.events, self.infrastructure.clock)
        await self.record_access(action, name)
        events, faults = await verify_stream(self.infrastructure.events, name)
        if not events:
            raise UnknownSubject(audited_type, reference)
        return events, faults

    async def owner_events(self, audited_type: AuditedType, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """Return the events of the owner's account, which may be causes of an aggregate's events."""
        first = audited_type.data(events[0])
        owner = first.get("owner_id") if isinstance(first, dict) else None
        return [] if owner is None else await self.infrastructure.events.read(f"user-{owner}")

    async def verify_stream(self, stream: str) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
        """Return the events of a stream and the faults in its chain."""
        await self.record_access("verify", stream)
        return await verify_stream(self.infrastructure.events, stream)

    async def verify_log(self, checkpoint: SignedCheckpoint | None) -> tuple[LogScan, Sequence[Fault]]:
        """Scan the whole log; return the scan and all faults, also those found by a checkpoint."""
        await self.record_access("verify", "all streams")
        scan = await self._scan(checkpoint.signed.statement.position if checkpoint else None)
        return scan, [*scan.faults, *(compare_with_checkpoint(checkpoint, scan) if checkpoint else [])]

    async def _scan(self, earlier_position: int | None = None) -> LogScan:
        """Scan the log, and show the progress."""
        progress, end = Progress(), await self._end()

        def report(count: int, position: int) -> None:
            progress.report_rebuild(RebuildProgress("verify the log", count, position, end))

        try:
            return await scan_log(self.infrastructure.events, earlier_position, report)
        finally:
            progress.clear()

    async def _end(self) -> int | None:
        """Return about where the log ends: where its relays are."""
        checkpoints = Checkpoints(self.infrastructure.documents)
        try:
            return max([await checkpoints.load_or_start(f"relay:{topic.name}") for topic in TOPICS])
        except StoreUnavailable:
            return None  # the log can be verified without the documents

    async def make_checkpoint(self) -> tuple[SignedCheckpoint, Sequence[Fault]]:
        """Sign the heads of all streams; return the checkpoint and the faults in the chains."""
        await self.record_access("checkpoint", "all streams")
        scan = await self._scan()
        now = self.infrastructure.clock.now()
        return await make_checkpoint(scan.heads, scan.position, scan.events, now, self.signer), scan.faults

    async def export(self, audited_type: AuditedType, reference: str, checkpoint: SignedCheckpoint | None) -> bytes:
        """Return the bundle of an aggregate. Raises `UnknownSubject`, `NotYet`, `BrokenStream`."""
        events, faults = await self.stream(audited_type, reference, "export")
        if checkpoint is None and not faults:
            checkpoint, _ = await self.make_checkpoint()
        if faults or checkpoint is None:
            raise BrokenStream(faults)
        head = (checkpoint.heads or {}).get(events[0].stream)
        if head is None:
            raise NotYet(f"{events[0].stream} is not in the checkpoint")
        objects = [await self._object(reference) for reference in _objects_in(audited_type.state(events))]
        return await make_bundle(BundleContents(audited_type, events, checkpoint, objects), self.signer)

    @property
    def signer(self) -> Signer:
        """The signer of this installation."""
        return Signer(self.infrastructure.keys)

    async def fingerprint(self) -> str:
        """Return the fingerprint of this installation's key."""
        return fingerprint_of(await self.signer.public_key())

    async def record_access(self, action: str, subject: str) -> None:
        """Record an access to the audit."""
        context = CommandContext(uuid4(), command_line_actor(), str(uuid4()))
        await AccessLog(self.infrastructure).record(action, subject, context)

    async def _object(self, named: dict[str, Any]) -> BundledObject:
        return BundledObject(
            name=named["name"],
            object_key=named["object_key"],
            size=named["size"],
            media_type=named.get("media_type") or named["content_type"],
            recorded_sha256=named.get("sha256"),
            stored_sha256=await self._sha256(named["object_key"]),
        )

    async def _sha256(self, key: str) -> str | None:
        digest = sha256()
        try:
            async for piece in self.infrastructure.objects.open(key, None):
                digest.update(piece)
        except ObjectNotFound:
            return None
        return digest.hexdigest()


def _objects_in(state: JsonValue) -> Iterator[dict[str, Any]]:
    """Yield every element of a state that refers to an object in the object store."""
    if isinstance(state, dict):
        if "object_key" in state:
            yield cast("dict[str, Any]", state)
        for inner in state.values():
            yield from _objects_in(inner)
    elif isinstance(state, list):
        for inner in state:
            yield from _objects_in(inner)
