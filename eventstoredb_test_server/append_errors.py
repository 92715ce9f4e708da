"""The errors in the responses to `Append` and `BatchAppend`."""

from typing import Any

from google.protobuf import any_pb2
from google.protobuf.message import Message

from eventstoredb_test_server import protocol
from eventstoredb_test_server.appending import ANY, EXISTS, NO_STREAM, StreamDeleted, WrongVersion
from eventstoredb_test_server.protocol import AppendResp
from eventstoredb_test_server.refusals import MAX_APPEND_BYTES, AppendTooLarge, CommitTimeout

_EXPECTED = {ANY: "expected_any", EXISTS: "expected_stream_exists", NO_STREAM: "expected_no_stream"}


def append_wrong_version(expected: int, current: int) -> AppendResp:
    """Return the response to an `Append` with a wrong expected revision."""
    versions = _versions(expected, current, "expected_revision", "current_revision")
    return AppendResp(wrong_expected_version=AppendResp.WrongExpectedVersion(**versions))


def batch_error(problem: Exception, stream: protocol.StreamIdentifier, expected: int) -> protocol.Status:
    """Return the error of a batch."""
    match problem:
        case WrongVersion():
            return _status(protocol.ALREADY_EXISTS, _wrong_version(expected, problem.current))
        case StreamDeleted():
            return _status(protocol.NOT_FOUND, protocol.StreamDeleted(stream_identifier=stream))
        case AppendTooLarge():
            details = protocol.MaximumAppendSizeExceeded(maxAppendSize=MAX_APPEND_BYTES)
            return _status(protocol.INVALID_ARGUMENT, details)
        case CommitTimeout():
            return _status(protocol.DEADLINE_EXCEEDED, protocol.Timeout())
        case _:
            return _status(protocol.INVALID_ARGUMENT, protocol.BadRequest(message=str(problem)))


def _wrong_version(expected: int, current: int) -> protocol.WrongExpectedVersion:
    versions = _versions(expected, current, "expected_stream_position", "current_stream_revision")
    return protocol.WrongExpectedVersion(**versions)


def _versions(expected: int, current: int, expected_field: str, current_field: str) -> dict[str, Any]:
    """Return the fields of a `WrongExpectedVersion`: the two messages name a revision differently, all else alike."""
    return {
        _EXPECTED.get(expected, expected_field): {} if expected in _EXPECTED else expected,
        "current_no_stream" if current < 0 else current_field: {} if current < 0 else current,
    }


def _status(code: "protocol.Code.ValueType", details: Message) -> protocol.Status:
    packed = any_pb2.Any()
    packed.Pack(details)
    return protocol.Status(code=code, message=type(details).__name__, details=packed)
