"""Whether a bundle proves what it says, on a machine that has nothing but this package."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from chassis.audit.bundle import EVENTS, MANIFEST, SIGNATURE, STATE, Manifest, Proof
from chassis.audit.checkpoint import Unreadable, leaf_of
from chassis.audit.diagnosis import diagnose
from chassis.audit.merkle import root_from_proof
from chassis.audit.signatures import BadSignature, Signature
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import StoredEvent

StateOf = Callable[[str, Sequence[StoredEvent]], JsonValue]
"""Given a kind's name: what events of it lead to. Raises `KeyError` for a kind that is not known."""

_MOST_BYTES = 1024**3


@dataclass(frozen=True)
class Checked:
    """What a bundle is, and every reason not to believe it; none: it proves itself."""

    manifest: Manifest
    fingerprint: str
    problems: Sequence[str] = field(default=())


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    type: str
    stream: str
    revision: int
    position: int
    data: str
    metadata: str

    def event(self) -> StoredEvent:
        data, metadata = self.data.encode(), self.metadata.encode()
        return StoredEvent(UUID(self.id), self.type, data, metadata, self.stream, self.revision, self.position)


def check_bundle(content: bytes, state_of: StateOf, trusted: str | None = None) -> Checked:
    """Check all of a bundle; `trusted` is the fingerprint of the only key to believe. Raises `Unreadable`."""
    files = _files(content)
    try:
        manifest = Manifest.model_validate_json(files[MANIFEST])
        signature = Signature.model_validate_json(files[SIGNATURE])
        events = [_Line.model_validate_json(line).event() for line in files[EVENTS].splitlines()]
        fingerprint = signature.fingerprint
    except (KeyError, ValueError, BadSignature) as problem:
        what = "it lacks a part" if isinstance(problem, KeyError) else "a part of it cannot be read"
        raise Unreadable(f"this is no bundle, or it was damaged: {what}") from None
    problems = [
        *_of_signature(signature, files[MANIFEST], "the manifest", trusted),
        *_of_files(files, manifest),
        *_of_events(events, manifest),
        *_of_proof(events, manifest, trusted or fingerprint),
        *_of_state(events, manifest, files.get(STATE, b""), state_of),
    ]
    return Checked(manifest, fingerprint, problems)


def _files(content: bytes) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise Unreadable("this is no bundle: its files are compressed")
            if sum(entry.file_size for entry in entries) > min(_MOST_BYTES, len(content)):
                raise Unreadable("this is no bundle: its files are larger than itself")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise Unreadable("this is no bundle, or it was damaged: the archive cannot be read") from None
    if len(files) != len(entries):
        raise Unreadable("this is no bundle: two of its files have one name")
    return files


def _of_signature(signature: Signature, signed: bytes, what: str, trusted: str | None) -> Sequence[str]:
    try:
        signature.check(signed, trusted)
    except BadSignature as problem:
        return [f"{what}: {problem}"]
    return []


def _of_files(files: Mapping[str, bytes], manifest: Manifest) -> Sequence[str]:
    found = {name: sha256(content).hexdigest() for name, content in files.items() if name not in {MANIFEST, SIGNATURE}}
    names = sorted(found.keys() | manifest.files.keys())
    return [
        f"{name}: not the file that the manifest vouches for"
        for name in names
        if found.get(name) != manifest.files.get(name)
    ]


def _of_events(events: Sequence[StoredEvent], manifest: Manifest) -> Sequence[str]:
    if not events or {event.stream for event in events} != {manifest.stream} or len(events) != manifest.events:
        return [f"the events are not the {manifest.events} of {manifest.stream}"]
    return [str(fault) for fault in diagnose(manifest.stream, events)]


def _of_proof(events: Sequence[StoredEvent], manifest: Manifest, trusted: str) -> Sequence[str]:
    proof, signed = manifest.proof, manifest.proof.checkpoint
    problems = list(_of_signature(signed.signature, signed.statement.canonical(), "the checkpoint", trusted))
    if _root(manifest.stream, proof) != signed.statement.root:
        problems.append("the proof does not lead to the checkpoint's root")
    proved = [event for event in events if event.revision == proof.revision]
    if not proved or chain_hash(proved[0]) != proof.hash:
        problems.append(f"event {proof.revision} is not the one in the checkpoint")
    return problems


def _root(stream: str, proof: Proof) -> str | None:
    try:
        path = [bytes.fromhex(node) for node in proof.path]
    except ValueError:
        return None
    leaf = leaf_of(stream, (proof.revision, proof.hash))
    root = root_from_proof(leaf, proof.index, proof.checkpoint.statement.streams, path)
    return root.hex() if root else None


def _of_state(events: Sequence[StoredEvent], manifest: Manifest, state: bytes, state_of: StateOf) -> Sequence[str]:
    try:
        follows = _is_part(orjson.loads(state), state_of(manifest.kind, events))
    except KeyError:
        return [f"{manifest.kind}: nobody here knows what such events add up to"]
    except (orjson.JSONDecodeError, ValidationError):
        follows = False
    return [] if follows else ["the state is not what the events add up to"]


def _is_part(said: JsonValue, folded: JsonValue) -> bool:
    """Whether all that a state says follows; a program that is newer than the bundle may make more of its events."""
    if isinstance(said, dict) and isinstance(folded, dict):
        return all(name in folded and _is_part(value, folded[name]) for name, value in said.items())
    return said == folded
