"""Offline verification of a bundle: needs nothing but this package."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from chassis.audit.bundle import EVENTS, MANIFEST, SIGNATURE, STATE, Manifest, Proof
from chassis.audit.checkpoint import UnreadableFile, leaf_of
from chassis.audit.diagnosis import diagnose
from chassis.audit.merkle import root_from_proof
from chassis.audit.signatures import BadSignature, Signature
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import StoredEvent

FoldState = Callable[[str, Sequence[StoredEvent]], JsonValue]
"""Folds the events of an audited type, given its name. Raises `KeyError` for an unknown type."""

_MAX_BYTES = 1024**3


@dataclass(frozen=True)
class BundleCheck:
    """The result of a verification: the bundle is valid if there are no `problems`."""

    manifest: Manifest
    fingerprint: str
    problems: Sequence[str] = field(default=())


class _EventLine(BaseModel):
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


def check_bundle(content: bytes, fold_state: FoldState, trusted: str | None = None) -> BundleCheck:
    """Verify a bundle; `trusted` is the fingerprint of the only trusted key. Raises `UnreadableFile`."""
    files = _files(content)
    try:
        manifest = Manifest.model_validate_json(files[MANIFEST])
        signature = Signature.model_validate_json(files[SIGNATURE])
        events = [_EventLine.model_validate_json(line).event() for line in files[EVENTS].splitlines()]
        fingerprint = signature.fingerprint
    except (KeyError, ValueError, BadSignature) as problem:
        what = "a file is missing" if isinstance(problem, KeyError) else "a file cannot be read"
        raise UnreadableFile(f"not a bundle, or damaged: {what}") from None
    problems = [
        *_signature_problems(signature, files[MANIFEST], "the manifest", trusted),
        *_file_problems(files, manifest),
        *_event_problems(events, manifest),
        *_proof_problems(events, manifest, trusted or fingerprint),
        *_state_problems(events, manifest, files.get(STATE, b""), fold_state),
    ]
    return BundleCheck(manifest, fingerprint, problems)


def _files(content: bytes) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise UnreadableFile("not a bundle: its files are compressed")
            if sum(entry.file_size for entry in entries) > min(_MAX_BYTES, len(content)):
                raise UnreadableFile("not a bundle: its files are larger than the archive")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise UnreadableFile("not a bundle, or damaged: the archive cannot be read") from None
    if len(files) != len(entries):
        raise UnreadableFile("not a bundle: two of its files have the same name")
    return files


def _signature_problems(signature: Signature, signed: bytes, what: str, trusted: str | None) -> Sequence[str]:
    try:
        signature.check(signed, trusted)
    except BadSignature as problem:
        return [f"{what}: {problem}"]
    return []


def _file_problems(files: Mapping[str, bytes], manifest: Manifest) -> Sequence[str]:
    found = {name: sha256(content).hexdigest() for name, content in files.items() if name not in {MANIFEST, SIGNATURE}}
    names = sorted(found.keys() | manifest.files.keys())
    return [f"{name}: not the file in the manifest" for name in names if found.get(name) != manifest.files.get(name)]


def _event_problems(events: Sequence[StoredEvent], manifest: Manifest) -> Sequence[str]:
    if not events or {event.stream for event in events} != {manifest.stream} or len(events) != manifest.events:
        return [f"the events are not the {manifest.events} events of {manifest.stream}"]
    return [str(fault) for fault in diagnose(manifest.stream, events)]


def _proof_problems(events: Sequence[StoredEvent], manifest: Manifest, trusted: str) -> Sequence[str]:
    proof, signed = manifest.proof, manifest.proof.checkpoint
    problems = list(_signature_problems(signed.signature, signed.statement.canonical(), "the checkpoint", trusted))
    if _root(manifest.stream, proof) != signed.statement.root:
        problems.append("the inclusion proof does not lead to the root of the checkpoint")
    heads = [event for event in events if event.revision == proof.revision]
    if not heads or chain_hash(heads[0]) != proof.hash:
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


def _state_problems(
    events: Sequence[StoredEvent], manifest: Manifest, state: bytes, fold_state: FoldState
) -> Sequence[str]:
    try:
        follows = _is_subset(orjson.loads(state), fold_state(manifest.kind, events))
    except KeyError:
        return [f"{manifest.kind}: events of this type are unknown to this program"]
    except (orjson.JSONDecodeError, ValidationError):
        follows = False
    return [] if follows else ["the state is not the one that the events fold to"]


def _is_subset(stated: JsonValue, folded: JsonValue) -> bool:
    """Return whether every stated field is in the folded state; a newer program may fold the events to more fields."""
    if isinstance(stated, dict) and isinstance(folded, dict):
        return all(name in folded and _is_subset(value, folded[name]) for name, value in stated.items())
    return stated == folded
