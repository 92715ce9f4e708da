"""Translation of the driver's errors. Their texts are not passed on: they may quote a document."""

from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from chassis.ports.event_store import StoreRefused, StoreUnavailable

_SETTING = "CALIFORNIA_GOLD_MONGODB_URI"
_REFUSED_CODES = {13: "Unauthorized", 18: "AuthenticationFailed"}
_TLS_REFUSED = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")


def store_unavailable(problem: PyMongoError) -> StoreUnavailable:
    """Return the port's error for an error of the driver: a refusal if waiting does not help."""
    code = problem.code if isinstance(problem, OperationFailure) else None
    if code in _REFUSED_CODES:
        return StoreRefused(f"{_SETTING}: MongoDB refused the user ({_REFUSED_CODES[code]})")
    if isinstance(problem, ConfigurationError):
        return StoreRefused(f"{_SETTING}: MongoDB has a version that the driver does not support")
    if any(sign in str(problem) for sign in _TLS_REFUSED):
        return StoreRefused(f"{_SETTING}: TLS with MongoDB failed; is its certificate authority in tlsCAFile?")
    return StoreUnavailable(f"MongoDB: {type(problem).__name__}{f' {code}' if code else ''}")
