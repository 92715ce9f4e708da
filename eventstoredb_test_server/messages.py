"""Between the protocol's messages and what is stored."""

from collections.abc import Iterable
from uuid import UUID

from google.protobuf import any_pb2
from google.protobuf.message import Message

from eventstoredb_test_server import protocol
from eventstoredb_test_server.appending import ANY, EXISTS, NO_STREAM, Appended, Proposed
from eventstoredb_test_server.log_table import Filter, Row
from eventstoredb_test_server.protocol import (
    AppendReq,
    AppendResp,
    BatchAppendReq,
    BatchAppendResp,
    ReadReq,
    ReadResp,
)

_REVISIONS = {"no_stream": NO_STREAM, "any": ANY, "stream_exists": EXISTS}


def proposed(messages: Iterable[AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage]) -> list[Proposed]:
    """Return the events that a client wants to append. Raises `ValueError` for one that is not complete."""
    return [
        Proposed(
            _id(message.id).bytes,
            _given(message.metadata.get("type", "")),
            message.metadata.get("content-type", "application/octet-stream"),
            message.data,
            message.custom_metadata,
        )
        for message in messages
    ]


def expected_revision(option: str | None, revision: int) -> int:
    """Return the expected revision that one of the protocol's options says."""
    return _REVISIONS.get(option or "any", revision)


def event_message(row: Row, *, structured: bool) -> ReadResp:
    """Return an event as it is sent."""
    identity = UUID(bytes=row.id)
    event = ReadResp.ReadEvent.RecordedEvent(
        id=_structured(identity) if structured else protocol.UUID(string=str(identity)),
        stream_identifier=protocol.StreamIdentifier(stream_name=row.stream.encode()),
        stream_revision=row.revision,
        prepare_position=row.position,
        commit_position=row.position,
        metadata={"type": row.type, "content-type": row.content_type, "created": str(row.created)},
        custom_metadata=row.metadata,
        data=row.data,
    )
    return ReadResp(event=ReadResp.ReadEvent(event=event, commit_position=row.position))


def checkpoint_message(position: int) -> ReadResp:
    """Return what tells a filtered subscription how far the log was looked at."""
    return ReadResp(checkpoint=ReadResp.Checkpoint(commit_position=position, prepare_position=position))


def caught_up_message(position: int) -> ReadResp:
    """Return what tells a subscription that from now on it hears of events as they come."""
    place = ReadResp.Position(commit_position=max(position, 0), prepare_position=max(position, 0))
    return ReadResp(caught_up=ReadResp.CaughtUp(position=place))


def not_found_message(stream: bytes) -> ReadResp:
    """Return the answer to reading a stream that is not there."""
    identifier = protocol.StreamIdentifier(stream_name=stream)
    return ReadResp(stream_not_found=ReadResp.StreamNotFound(stream_identifier=identifier))


def filter_of(options: ReadReq.Options) -> Filter | None:
    """Return the filter that a read brings."""
    if options.WhichOneof("filter_option") != "filter":
        return None
    by_stream = options.filter.WhichOneof("filter") == "stream_identifier"
    expression = options.filter.stream_identifier if by_stream else options.filter.event_type
    return Filter(by_stream, expression.regex, tuple(expression.prefix))


def append_succeeded(appended: Appended) -> AppendResp:
    """Return the answer of the plain append."""
    place = AppendResp.Position(commit_position=appended.position, prepare_position=appended.position)
    return AppendResp(success=AppendResp.Success(current_revision=appended.revision, position=place))


def append_refused(current: int) -> AppendResp:
    """Return the plain append's answer to a wrong expected version."""
    if current < 0:
        refusal = AppendResp.WrongExpectedVersion(current_no_stream=protocol.Empty())
    else:
        refusal = AppendResp.WrongExpectedVersion(current_revision=current)
    return AppendResp(wrong_expected_version=refusal)


def batch_succeeded(request: BatchAppendReq, appended: Appended) -> BatchAppendResp:
    """Return the answer of the batch append."""
    place = protocol.AllStreamPosition(commit_position=appended.position, prepare_position=appended.position)
    success = BatchAppendResp.Success(current_revision=appended.revision, position=place)
    return BatchAppendResp(
        correlation_id=request.correlation_id,
        stream_identifier=request.options.stream_identifier,
        success=success,
    )


def batch_refused(request: BatchAppendReq, details: Message) -> BatchAppendResp:
    """Return the batch append's answer that is an error; `details` say which."""
    packed = any_pb2.Any()
    packed.Pack(details)
    return BatchAppendResp(
        correlation_id=request.correlation_id,
        stream_identifier=request.options.stream_identifier,
        error=protocol.Status(code=protocol.UNKNOWN, message=type(details).__name__, details=packed),
    )


def _id(identity: protocol.UUID) -> UUID:
    if identity.WhichOneof("value") == "structured":
        parts = identity.structured.most_significant_bits, identity.structured.least_significant_bits
        return UUID(bytes=b"".join(part.to_bytes(8, "big", signed=True) for part in parts))
    return UUID(identity.string)


def _structured(identity: UUID) -> protocol.UUID:
    most, least = (int.from_bytes(half, "big", signed=True) for half in (identity.bytes[:8], identity.bytes[8:]))
    return protocol.UUID(structured=protocol.UUID.Structured(most_significant_bits=most, least_significant_bits=least))


def _given(name: str) -> str:
    if not name:
        raise ValueError("an event without a type")
    return name
