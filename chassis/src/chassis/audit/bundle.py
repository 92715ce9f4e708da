"""A job's (or anything's) whole story in one file that proves itself; see ADR 12 for the format."""

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
from chassis.audit.checkpoint import Checkpoint, SignedStatement, leaves
from chassis.audit.merkle import inclusion_proof
from chassis.audit.signatures import Signer
from chassis.ports.event_store import StoredEvent

MANIFEST, SIGNATURE, EVENTS, STATE = "manifest.json", "signature.json", "events.jsonl", "state.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644 << 16
_UNIX = 3


class Part(BaseModel):
    """Base of what a manifest is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Proof(Part):
    """That the stream's head at `revision` is leaf `index` of the checkpoint's tree; `path` is in hex, upwards."""

    revision: int
    hash: str
    index: int
    path: tuple[str, ...]
    checkpoint: SignedStatement


class BundledObject(Part):
    """Bytes that the events name, which are not in the bundle: what was recorded of them, and what is stored now.

    `recorded_sha256` is null where the events do not say it, `stored_sha256` where nothing is stored any more.
    """

    name: str
    object_key: str
    size: int
    media_type: str
    recorded_sha256: str | None
    stored_sha256: str | None


class Manifest(Part):
    """What a bundle holds. Signed, it vouches for every file by its SHA-256."""

    format: Literal["california-gold.audit-bundle.v1"] = "california-gold.audit-bundle.v1"
    kind: str
    stream: str
    events: int
    files: Mapping[str, str]
    objects: tuple[BundledObject, ...]
    key_fingerprint: str
    proof: Proof


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle: a stream, the checkpoint that it is proved by, and the objects that it names."""

    kind: AuditedType
    events: Sequence[StoredEvent] = field(repr=False)
    checkpoint: Checkpoint
    objects: Sequence[BundledObject] = ()

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.events[0].stream

    def files(self) -> Mapping[str, bytes]:
        """Return the files but for the manifest and its signature."""
        types = {event.type for event in self.events}
        return {
            EVENTS: b"".join([event_line(event) for event in self.events]),
            STATE: _json(self.kind.state(self.events)),
            **{f"schemas/{name}.json": _json(schema) for name, schema in _schemas(self.kind.catalog, types).items()},
        }

    def proof(self) -> Proof:
        """Return the proof that the stream is in the checkpoint. Raises `KeyError` when it is not."""
        heads = self.checkpoint.heads or {}
        revision, hash_ = heads[self.stream]
        index = sorted(heads).index(self.stream)
        path = inclusion_proof(leaves(heads), index)
        signed = self.checkpoint.signed
        return Proof(
            revision=revision, hash=hash_, index=index, path=tuple(node.hex() for node in path), checkpoint=signed
        )


def _schemas(catalog: Catalog, types: Set[str]) -> Mapping[str, JsonValue]:
    """Return the schemas of those types that are known; of an earlier version the one that was published."""
    present: dict[str, JsonValue] = {
        event.wire_type: schema_of(event) for event in catalog.events if event.wire_type in types
    }
    earlier = [upcaster.old for upcaster in CATALOG.upcasters if upcaster.old in types]
    return present | {name: published.schema(name) for name in earlier}


async def bundle(contents: Contents, signer: Signer) -> bytes:
    """Return the bundle: a ZIP whose bytes depend on nothing but what is in it."""
    files = contents.files()
    manifest = _json(
        Manifest(
            kind=contents.kind.name,
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


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, however this ends. Raises `OSError`."""
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
    """Return an event as a line: data and metadata are texts, character by character as they were stored."""
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
