"""The errors in the responses to `Append` and `BatchAppend`."""

from google.protobuf import any_pb2
from google.protobuf.message import Message

from eventstoredb_test_server import protocol
from eventstoredb_test_server.appending import ANY, EXISTS, NO_STREAM, StreamDeleted, WrongVersion
from eventstoredb_test_server.protocol import AppendResp
from eventstoredb_test_server.refusals import MAX_APPEND_BYTES, AppendTooLarge, CommitTimeout


def append_wrong_version(expected: int, current: int) -> AppendResp:
    """Return the response to an `Append` with a wrong expected revision."""
    error = AppendResp.WrongExpectedVersion()
    if expected == ANY:
        error.expected_any.SetInParent()
    elif expected == EXISTS:
        error.expected_stream_exists.SetInParent()
    elif expected == NO_STREAM:
        error.expected_no_stream.SetInParent()
    else:
        error.expected_revision = expected
    if current < 0:
        error.current_no_stream.SetInParent()
    else:
        error.current_revision = current
    return AppendResp(wrong_expected_version=error)


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
    error = protocol.WrongExpectedVersion()
    if expected == ANY:
        error.expected_any.SetInParent()
    elif expected == EXISTS:
        error.expected_stream_exists.SetInParent()
    elif expected == NO_STREAM:
        error.expected_no_stream.SetInParent()
    else:
        error.expected_stream_position = expected
    if current < 0:
        error.current_no_stream.SetInParent()
    else:
        error.current_stream_revision = current
    return error


def _status(code: "protocol.Code.ValueType", details: Message) -> protocol.Status:
    packed = any_pb2.Any()
    packed.Pack(details)
    return protocol.Status(code=code, message=type(details).__name__, details=packed)
