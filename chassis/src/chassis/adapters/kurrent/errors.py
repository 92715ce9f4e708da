"""Translation of the driver's errors. Their texts are not passed on: they may quote the connection string."""

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

from chassis.ports.event_store import StoreRefused, StoreUnavailable

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (SSLError, "TLS failed; is the certificate authority of the server in tlsCaFile?"),
    (ServiceUnavailableError, "the server cannot be reached"),
    (DiscoveryFailedError, "no leader was found"),
    (NodeIsNotLeaderError, "the node is not the leader; esdb+discover:// finds the leader"),
    (DeadlineExceededError, "the server did not answer in time"),
    (TimeoutError, "the server did not answer in time"),
    (UnauthenticatedError, "the server refused the user or the password"),
    (AccessDeniedError, "the server refused the user or the password"),
    (CancelledError, "the connection ended"),
    (StreamIsDeletedError, "the stream is tombstoned"),
)

_REFUSALS = (SSLError, UnauthenticatedError, AccessDeniedError)


def store_unavailable(problem: Exception) -> StoreUnavailable:
    """Return the port's error for an error of the driver: a refusal if waiting does not help."""
    reasons = (reason for error, reason in _REASONS if isinstance(problem, error))
    reason = f"event store: {next(reasons, type(problem).__name__)}"
    if isinstance(problem, _REFUSALS):
        return StoreRefused(f"CALIFORNIA_GOLD_EVENTSTOREDB_URI: {reason}")
    return StoreUnavailable(reason)
