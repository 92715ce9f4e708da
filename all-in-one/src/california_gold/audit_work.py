"""What the commands of the audit do, given the infrastructure."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

from pydantic import JsonValue

import identity.entrypoints.audit
import jobs_command.entrypoints.audit
import storage.entrypoints.audit
from chassis.audit.access import AccessLog
from chassis.audit.audited_type import AuditedType, UnknownSubject
from chassis.audit.bundle import BundledObject, Contents, bundle
from chassis.audit.checkpoint import Checkpoint, make_checkpoint
from chassis.audit.fault import Fault
from chassis.audit.point_in_time import NotYet
from chassis.audit.signatures import Signer, fingerprint_of
from chassis.audit.verification import LogScan, against, scan_log, verify_stream
from chassis.commands.context import CommandContext
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound

KINDS: dict[str, AuditedType] = {
    kind.name: kind
    for kind in (
        jobs_command.entrypoints.audit.AUDITED,
        identity.entrypoints.audit.AUDITED,
        storage.entrypoints.audit.AUDITED,
    )
}


class Broken(Exception):
    """What was to be exported is not what was written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))


def state_of(kind: str, events: Sequence[StoredEvent]) -> JsonValue:
    """Return what the events of a kind add up to. Raises `KeyError`."""
    return KINDS[kind].state(events)


@dataclass(frozen=True)
class Audit:
    """Reads the log for whoever sits at the command line; each access is recorded first."""

    infrastructure: Infrastructure

    async def stream(
        self, kind: AuditedType, reference: str, action: str
    ) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
        """Return the events of a thing and what is wrong with them. Raises `UnknownSubject`."""
        name = await kind.stream_of(reference, self.infrastructure.events, self.infrastructure.clock)
        await self.note(action, name)
        events, faults = await verify_stream(self.infrastructure.events, name)
        if not events:
            raise UnknownSubject(kind, reference)
        return events, faults

    async def owners_stream(self, kind: AuditedType, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """Return the stream of the account that a thing belongs to: what happened to it may be a cause."""
        first = kind.data(events[0])
        owner = first.get("owner_id") if isinstance(first, dict) else None
        return [] if owner is None else await self.infrastructure.events.read(f"user-{owner}")

    async def verify_stream(self, stream: str) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
        """Return the events of a stream and what is wrong with its chain."""
        await self.note("verify", stream)
        return await verify_stream(self.infrastructure.events, stream)

    async def verify(self, checkpoint: Checkpoint | None) -> tuple[LogScan, Sequence[Fault]]:
        """LogScan the whole log; return it with all that is wrong."""
        await self.note("verify", "all streams")
        scan = await scan_log(self.infrastructure.events, checkpoint.signed.statement.position if checkpoint else None)
        return scan, [*scan.faults, *(against(checkpoint, scan) if checkpoint else [])]

    async def checkpoint(self) -> tuple[Checkpoint, Sequence[Fault]]:
        """Sign what all streams end with; and return what is wrong with them."""
        await self.note("checkpoint", "all streams")
        scan = await scan_log(self.infrastructure.events)
        made = await make_checkpoint(
            scan.heads, scan.position, scan.events, self.infrastructure.clock.now(), self.signer
        )
        return made, scan.faults

    async def export(self, kind: AuditedType, reference: str, checkpoint: Checkpoint | None) -> bytes:
        """Return the bundle of a thing, proved by a checkpoint. Raises `UnknownSubject`, `NotYet`, `Broken`."""
        events, faults = await self.stream(kind, reference, "export")
        if checkpoint is None and not faults:
            checkpoint, _ = await self.checkpoint()
        if faults or checkpoint is None:
            raise Broken(faults)
        head = (checkpoint.heads or {}).get(events[0].stream)
        if head is None:
            raise NotYet(f"{events[0].stream} is not in the checkpoint")
        objects = [await self._object(named) for named in _objects_in(kind.state(events))]
        return await bundle(Contents(kind, events, checkpoint, objects), self.signer)

    @property
    def signer(self) -> Signer:
        """Whoever signs for this installation."""
        return Signer(self.infrastructure.keys)

    async def fingerprint(self) -> str:
        """Return the fingerprint of the key of this installation."""
        return fingerprint_of(await self.signer.public_key())

    async def note(self, action: str, subject: str) -> None:
        """Record an access."""
        context = CommandContext(uuid4(), f"service:command-line/uid-{os.getuid()}", str(uuid4()))
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
    """Yield every part of a state that names bytes in the object store."""
    if isinstance(state, dict):
        if "object_key" in state:
            yield cast("dict[str, Any]", state)
        for inner in state.values():
            yield from _objects_in(inner)
    elif isinstance(state, list):
        for inner in state:
            yield from _objects_in(inner)
