"""Bundle: the event history of one stream in a file that can be verified offline. ADR 22 has the format."""

import os
import zipfile
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, JsonValue

from california_gold_contracts import published
from california_gold_contracts.catalog import CATALOG, Catalog
from california_gold_contracts.schemas import schema_of
from chassis.audit.audited_type import AuditedType
from chassis.audit.checkpoint import SignedCheckpoint, SignedStatement, leaves
from chassis.audit.merkle import inclusion_proof
from chassis.audit.signatures import Signer
from chassis.ports.event_store import StoredEvent

MANIFEST, SIGNATURE, EVENTS, STATE = "manifest.json", "signature.json", "events.jsonl", "state.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644 << 16
_UNIX = 3


class ManifestModel(BaseModel):
    """Base class of the manifest and its elements."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Proof(ManifestModel):
    """Inclusion proof: the head at `revision` is leaf `index` of the checkpoint's tree; `path` is hex, bottom up."""

    revision: int
    hash: str
    index: int
    path: tuple[str, ...]
    checkpoint: SignedStatement


class BundledObject(ManifestModel):
    """An object that the events refer to. Its bytes are not in the bundle, only their hashes as recorded and as stored.

    `recorded_sha256` is null where the events have no hash, `stored_sha256` where the object is deleted.
    """

    name: str
    object_key: str
    size: int
    media_type: str
    recorded_sha256: str | None
    stored_sha256: str | None


class Manifest(ManifestModel):
    """The contents of a bundle, with the SHA-256 of every file; it is signed."""

    format: Literal["california-gold.audit-bundle.v1"] = "california-gold.audit-bundle.v1"
    kind: str
    stream: str
    events: int
    files: Mapping[str, str]
    objects: tuple[BundledObject, ...]
    key_fingerprint: str
    proof: Proof


@dataclass(frozen=True)
class BundleContents:
    """The contents of a new bundle: a stream, the checkpoint that proves it, and the objects that it refers to."""

    audited_type: AuditedType
    events: Sequence[StoredEvent] = field(repr=False)
    checkpoint: SignedCheckpoint
    objects: Sequence[BundledObject] = ()

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.events[0].stream

    def files(self) -> Mapping[str, bytes]:
        """Return the files, without the manifest and its signature."""
        schemas = _schemas(self.audited_type.catalog, {event.type for event in self.events})
        return {
            EVENTS: b"".join([event_line(event) for event in self.events]),
            STATE: _json(self.audited_type.state(self.events)),
            **{f"schemas/{name}.json": _json(schema) for name, schema in schemas.items()},
        }

    def proof(self) -> Proof:
        """Return the inclusion proof of the stream. Raises `KeyError` when it is not in the checkpoint."""
        heads = self.checkpoint.heads or {}
        revision, hash_ = heads[self.stream]
        index = sorted(heads).index(self.stream)
        path = inclusion_proof(leaves(heads), index)
        signed = self.checkpoint.signed
        return Proof(
            revision=revision, hash=hash_, index=index, path=tuple(node.hex() for node in path), checkpoint=signed
        )


def _schemas(catalog: Catalog, types: Set[str]) -> Mapping[str, JsonValue]:
    """Return the schemas of the known types; for an earlier version, the published schema."""
    present: dict[str, JsonValue] = {
        event.wire_type: schema_of(event) for event in catalog.events if event.wire_type in types
    }
    earlier = [upcaster.old for upcaster in CATALOG.upcasters if upcaster.old in types]
    return present | {name: published.schema(name) for name in earlier}


async def make_bundle(contents: BundleContents, signer: Signer) -> bytes:
    """Return the bundle: a reproducible ZIP, equal contents give equal bytes."""
    files = contents.files()
    manifest = _json(
        Manifest(
            kind=contents.audited_type.name,
            stream=contents.stream,
            events=len(contents.events),
            files={name: sha256(content).hexdigest() for name, content in files.items()},
            objects=tuple(contents.objects),
            key_fingerprint=(await signer.sign(b"")).fingerprint,
            proof=contents.proof(),
        ).model_dump(mode="json")
    )
    signature = _json((await signer.sign(manifest)).model_dump(mode="json"))
    return _zipped({MANIFEST: manifest, SIGNATURE: signature, **files})


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically: to a temporary file, which is then renamed. Raises `OSError`."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as unfinished:
        try:
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
            Path(unfinished.name).replace(path)
        except BaseException:
            Path(unfinished.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def event_line(event: StoredEvent) -> bytes:
    """Return an event as a JSON line: data and metadata are strings, character by character as stored."""
    return orjson.dumps(
        {
            "id": str(event.id),
            "type": event.type,
            "stream": event.stream,
            "revision": event.revision,
            "position": event.position,
            "data": event.data.decode(),
            "metadata": event.metadata.decode(),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _json(value: JsonValue | Mapping[str, JsonValue]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _FILE_MODE
            archive.writestr(entry, files[name])
    return written.getvalue()
