"""Conversions between the protocol's messages and stored rows."""

from collections.abc import Iterable
from uuid import UUID

from eventstoredb_test_server import protocol
from eventstoredb_test_server.appending import ANY, EXISTS, NO_STREAM, AppendResult, ProposedEvent
from eventstoredb_test_server.protocol import (
    AppendReq,
    AppendResp,
    BatchAppendReq,
    BatchAppendResp,
    ReadReq,
    ReadResp,
)
from eventstoredb_test_server.refusals import BadRequest, MissingMetadata
from eventstoredb_test_server.tables import EventFilter, Row

_REVISIONS = {"no_stream": NO_STREAM, "any": ANY, "stream_exists": EXISTS}
_MAX_REVISION = 2**63 - 1
_JSON, _BINARY = "application/json", "application/octet-stream"


def proposed_events(
    messages: Iterable[AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage],
) -> list[ProposedEvent]:
    """Return the events to append. Raises `BadRequest`, and `MissingMetadata` without a type or content type."""
    return [
        ProposedEvent(
            _id(message.id).bytes,
            _required(message, "type"),
            _JSON if _required(message, "content-type") == _JSON else _BINARY,
            message.data,
            message.custom_metadata,
        )
        for message in messages
    ]


def expected_revision(option: str | None, revision: int) -> int:
    """Return the expected revision of a request. Raises `BadRequest`."""
    if option is None:
        raise BadRequest("'None' is not a valid expected revision")
    if revision > _MAX_REVISION:
        raise BadRequest("the expected revision is too large")
    return _REVISIONS.get(option, revision)


def event(row: Row, *, structured: bool) -> ReadResp:
    """Return the response that contains an event."""
    identity = UUID(bytes=row.id)
    recorded = ReadResp.ReadEvent.RecordedEvent(
        id=_structured(identity) if structured else protocol.UUID(string=str(identity)),
        stream_identifier=protocol.StreamIdentifier(stream_name=row.stream.encode()),
        stream_revision=row.revision,
        prepare_position=row.position,
        commit_position=row.position,
        metadata={"type": row.type, "content-type": row.content_type, "created": str(row.created)},
        custom_metadata=row.metadata,
        data=row.data,
    )
    return ReadResp(event=ReadResp.ReadEvent(event=recorded, commit_position=row.position))


def checkpoint(position: int) -> ReadResp:
    """Return a checkpoint: the position up to which a filtered subscription has scanned the log."""
    return ReadResp(checkpoint=ReadResp.Checkpoint(commit_position=position, prepare_position=position))


def caught_up() -> ReadResp:
    """Return the message that a subscription has received all events which existed at its start."""
    return ReadResp(caught_up=ReadResp.CaughtUp())


def stream_not_found(stream: bytes) -> ReadResp:
    """Return the response to a read of a stream that does not exist."""
    identifier = protocol.StreamIdentifier(stream_name=stream)
    return ReadResp(stream_not_found=ReadResp.StreamNotFound(stream_identifier=identifier))


def event_filter(options: ReadReq.Options) -> EventFilter | None:
    """Return the filter of a read request."""
    if options.WhichOneof("filter_option") != "filter":
        return None
    by_stream = options.filter.WhichOneof("filter") == "stream_identifier"
    expression = options.filter.stream_identifier if by_stream else options.filter.event_type
    return EventFilter(by_stream, expression.regex, tuple(expression.prefix))


def append_succeeded(appended: AppendResult) -> AppendResp:
    """Return the response to a successful `Append`."""
    success = AppendResp.Success()
    _set_result(success, appended)
    return AppendResp(success=success)


def batch_succeeded(request: BatchAppendReq, appended: AppendResult) -> BatchAppendResp:
    """Return the response to a successful batch of `BatchAppend`."""
    success = BatchAppendResp.Success()
    _set_result(success, appended)
    return BatchAppendResp(
        correlation_id=request.correlation_id,
        stream_identifier=request.options.stream_identifier,
        success=success,
    )


def batch_failed(request: BatchAppendReq, error: protocol.Status) -> BatchAppendResp:
    """Return the response to a failed batch of `BatchAppend`."""
    return BatchAppendResp(
        correlation_id=request.correlation_id,
        stream_identifier=request.options.stream_identifier,
        error=error,
    )


def _id(identity: protocol.UUID) -> UUID:
    if identity.WhichOneof("value") == "structured":
        parts = identity.structured.most_significant_bits, identity.structured.least_significant_bits
        found = UUID(bytes=b"".join(part.to_bytes(8, "big", signed=True) for part in parts))
    else:
        found = UUID(identity.string)
    if not found.int:
        raise BadRequest("an event with an empty id")
    return found


def _structured(identity: UUID) -> protocol.UUID:
    most, least = (int.from_bytes(half, "big", signed=True) for half in (identity.bytes[:8], identity.bytes[8:]))
    return protocol.UUID(structured=protocol.UUID.Structured(most_significant_bits=most, least_significant_bits=least))


def _required(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage, name: str) -> str:
    if name not in message.metadata:
        raise MissingMetadata(name)
    if not message.metadata[name]:
        raise BadRequest(f"an event with an empty {name}")
    return message.metadata[name]


def _set_result(success: AppendResp.Success | BatchAppendResp.Success, appended: AppendResult) -> None:
    if appended.revision < 0:
        success.no_stream.SetInParent()
    else:
        success.current_revision = appended.revision
    if appended.position < 0:
        success.no_position.SetInParent()
    else:
        success.position.commit_position = success.position.prepare_position = appended.position
