"""Signed checkpoint of all stream heads at a position of the log. ADR 12 has the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.audit.chain import Head
from chassis.audit.merkle import leaf_hash, merkle_root
from chassis.audit.signatures import Signature, Signer


class UnreadableFile(Exception):
    """A file is truncated, of another format, or inconsistent."""


class Statement(BaseModel):
    """The signed content: the Merkle root over the heads of all streams at `position` of the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["california-gold.audit-checkpoint.v1"] = "california-gold.audit-checkpoint.v1"
    time: datetime
    position: int
    streams: int
    events: int
    root: str

    def canonical(self) -> bytes:
        """Return the signed bytes: JSON with sorted keys and no whitespace."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


class SignedStatement(BaseModel):
    """A statement with its signature: the first line of a checkpoint file, which may be published alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: Statement
    signature: Signature


@dataclass(frozen=True)
class SignedCheckpoint:
    """A signed statement, and its heads; None when only the first line of the file is present."""

    signed: SignedStatement
    heads: Mapping[str, Head] | None = field(repr=False)

    def lines(self) -> bytes:
        """Return the file: the signed statement, then one line per stream, ordered by name."""
        heads = self.heads or {}
        rows = [orjson.dumps([stream, *heads[stream]]) for stream in sorted(heads)]
        return b"\n".join([self.signed.model_dump_json().encode(), *rows, b""])


def leaves(heads: Mapping[str, Head]) -> Sequence[bytes]:
    """Return the leaf hashes of the Merkle tree, ordered by stream name."""
    return [leaf_of(stream, heads[stream]) for stream in sorted(heads)]


def leaf_of(stream: str, head: Head) -> bytes:
    """Return the leaf hash of one stream."""
    return leaf_hash(orjson.dumps([stream, *head]))


async def make_checkpoint(
    heads: Mapping[str, Head], position: int, events: int, time: datetime, signer: Signer
) -> SignedCheckpoint:
    """Sign the heads of all streams."""
    root = merkle_root(leaves(heads)).hex()
    statement = Statement(time=time, position=position, streams=len(heads), events=events, root=root)
    return SignedCheckpoint(
        SignedStatement(statement=statement, signature=await signer.sign(statement.canonical())), heads
    )


def read_checkpoint(content: bytes) -> SignedCheckpoint:
    """Parse a checkpoint file. Raises `UnreadableFile`. The caller must check the signature."""
    first, *rows = content.removesuffix(b"\n").split(b"\n")
    try:
        signed = SignedStatement.model_validate_json(first)
        heads = {stream: (revision, hash_) for stream, revision, hash_ in map(orjson.loads, rows)}
    except (ValidationError, orjson.JSONDecodeError, ValueError, TypeError):
        raise UnreadableFile("not a checkpoint, or truncated") from None
    if not rows and signed.statement.streams:
        return SignedCheckpoint(signed, None)
    if merkle_root(leaves(heads)).hex() != signed.statement.root:
        raise UnreadableFile("the heads in the file do not lead to the signed root")
    return SignedCheckpoint(signed, heads)
