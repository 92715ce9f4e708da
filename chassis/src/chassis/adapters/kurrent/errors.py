"""What the driver's errors mean to the caller. Their texts are not passed on: they may quote the connection string."""

from kurrentdbclient.exceptions import (
    AccessDeniedError,
    CancelledError,
    DeadlineExceededError,
    DiscoveryFailedError,
    NodeIsNotLeaderError,
    ServiceUnavailableError,
    SSLError,
    StreamIsDeletedError,
    UnauthenticatedError,
)

from chassis.ports.event_store import StoreUnavailable

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (SSLError, "TLS failed; is the authority of its certificate in tlsCaFile?"),
    (ServiceUnavailableError, "it cannot be reached"),
    (DiscoveryFailedError, "no node that is the leader answers"),
    (NodeIsNotLeaderError, "the node is not the leader; esdb+discover:// finds it"),
    (DeadlineExceededError, "it did not answer in time"),
    (TimeoutError, "it did not answer in time"),
    (UnauthenticatedError, "it refuses the user or the password"),
    (AccessDeniedError, "it refuses the user or the password"),
    (CancelledError, "the connection ended"),
    (StreamIsDeletedError, "the stream was tombstoned"),
)


def unavailable(problem: Exception) -> StoreUnavailable:
    """Return the error that the caller is told."""
    reasons = (reason for kind, reason in _REASONS if isinstance(problem, kind))
    return StoreUnavailable(f"event store: {next(reasons, type(problem).__name__)}")
