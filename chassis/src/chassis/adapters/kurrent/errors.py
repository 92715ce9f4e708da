"""Translation of the driver's errors. Their texts are not passed on: they may quote the connection string."""

from kurrentdbclient.exceptions import (
    AccessDeniedError,
    AppendDeadlineExceededError,
    CancelledError,
    ConsumerTooSlowError,
    DeadlineExceededError,
    DiscoveryFailedError,
    GrpcError,
    InvalidCommitPositionError,
    NodeIsNotLeaderError,
    ServiceUnavailableError,
    SSLError,
    StreamIsDeletedError,
    UnauthenticatedError,
    UnknownError,
)

from chassis.ports.event_store import StoreRefused, StoreUnavailable

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (SSLError, "TLS failed; is the certificate authority of the server in tlsCaFile?"),
    (ServiceUnavailableError, "the server cannot be reached"),
    (DiscoveryFailedError, "no leader was found"),
    (
        NodeIsNotLeaderError,
        "the node is not the leader; esdb+discover:// with one name, or esdb:// with all nodes, finds the leader",
    ),
    (AppendDeadlineExceededError, "the server did not commit an append in time"),
    (DeadlineExceededError, "the server did not answer in time"),
    (TimeoutError, "the server did not answer in time"),
    (UnauthenticatedError, "the server refused the user or the password"),
    (AccessDeniedError, "the server denies this right to the user; it must write streams and read $all"),
    (ConsumerTooSlowError, "this process reads too slowly"),
    (CancelledError, "the connection ended"),
    (StreamIsDeletedError, "the stream is tombstoned"),
)

_REFUSALS = (SSLError, UnauthenticatedError, AccessDeniedError)


_NOT_READY = ("Server Is Not Ready", "Server Is Busy", "Server Is Too Busy", "No leader info available")
"""What a server says while it starts or its cluster elects a leader. The driver has no error of its own for it."""


def store_unavailable(problem: Exception) -> StoreUnavailable:
    """Return the port's error for an error of the driver: a refusal if waiting does not help."""
    reason = f"event store: {_reason(problem)}"
    if isinstance(problem, _REFUSALS) or _is_unimplemented(problem):
        return StoreRefused(f"CALIFORNIA_GOLD_EVENTSTOREDB_URI: {reason}")
    return StoreUnavailable(reason)


def is_position_refused(problem: Exception) -> bool:
    """Return whether the server can't read the log from the position of a request."""
    is_unknown = isinstance(problem, UnknownError) and "ReadAllResult" in str(problem)
    return is_unknown or isinstance(problem, InvalidCommitPositionError)


def _is_unimplemented(problem: Exception) -> bool:
    """Return whether the server lacks the method of a call. The driver has no error of its own for it."""
    return isinstance(problem, GrpcError) and "StatusCode.UNIMPLEMENTED" in str(problem)


def _reason(problem: Exception) -> str:
    if _is_unimplemented(problem):
        return "the server lacks a method; it is too old, or no EventStoreDB"
    if any(text in str(problem) for text in _NOT_READY):
        return "the server is not ready"
    if is_position_refused(problem):
        return "the log has no event at the position from which it is read"
    reasons = (reason for error, reason in _REASONS if isinstance(problem, error))
    return next(reasons, type(problem).__name__)
