"""A signed statement of what all streams ended with at one moment; see ADR 12 for the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.audit.chain import Head
from chassis.audit.merkle import leaf_hash, merkle_root
from chassis.audit.signatures import Signature, Signer


class Unreadable(Exception):
    """A file is not what it should be: cut off, of another format, or contradicting itself."""


class Statement(BaseModel):
    """What is signed: the Merkle root over the heads of all streams with events up to `position` of the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["california-gold.audit-checkpoint.v1"] = "california-gold.audit-checkpoint.v1"
    time: datetime
    position: int
    streams: int
    events: int
    root: str

    def canonical(self) -> bytes:
        """Return the bytes that are signed: JSON with sorted keys and no blanks."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


class SignedStatement(BaseModel):
    """A statement with its signature: the first line of a checkpoint, and worth publishing alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: Statement
    signature: Signature


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement, and the heads that it is about; None when only the first line was kept."""

    signed: SignedStatement
    heads: Mapping[str, Head] | None = field(repr=False)

    def lines(self) -> bytes:
        """Return the checkpoint as a file: the signed statement, then a line a stream in the order of their names."""
        heads = self.heads or {}
        rows = [orjson.dumps([stream, *heads[stream]]) for stream in sorted(heads)]
        return b"\n".join([self.signed.model_dump_json().encode(), *rows, b""])


def leaves(heads: Mapping[str, Head]) -> Sequence[bytes]:
    """Return the hashes of the tree's leaves, in the order of the streams' names."""
    return [leaf_of(stream, heads[stream]) for stream in sorted(heads)]


def leaf_of(stream: str, head: Head) -> bytes:
    """Return the hash of the leaf of one stream."""
    return leaf_hash(orjson.dumps([stream, *head]))


async def make_checkpoint(
    heads: Mapping[str, Head], position: int, events: int, time: datetime, signer: Signer
) -> Checkpoint:
    """Sign what all streams end with."""
    root = merkle_root(leaves(heads)).hex()
    statement = Statement(time=time, position=position, streams=len(heads), events=events, root=root)
    return Checkpoint(SignedStatement(statement=statement, signature=await signer.sign(statement.canonical())), heads)


def read_checkpoint(content: bytes) -> Checkpoint:
    """Read a checkpoint's file. Raises `Unreadable`; the signature is for the caller to check."""
    first, *rows = content.removesuffix(b"\n").split(b"\n")
    try:
        signed = SignedStatement.model_validate_json(first)
        heads = {stream: (revision, hash_) for stream, revision, hash_ in map(orjson.loads, rows)}
    except (ValidationError, orjson.JSONDecodeError, ValueError, TypeError):
        raise Unreadable("this is no checkpoint, or it was cut off") from None
    if not rows and signed.statement.streams:
        return Checkpoint(signed, None)
    if merkle_root(leaves(heads)).hex() != signed.statement.root:
        raise Unreadable("the heads in the file do not lead to the root that was signed")
    return Checkpoint(signed, heads)
