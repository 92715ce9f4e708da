"""Translation of the driver's errors. Their texts are not passed on: they may quote a document."""

from collections.abc import Mapping
from types import MappingProxyType

from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from chassis.ports.event_store import StoreRefused, StoreUnavailable

_PREFIX = "CALIFORNIA_GOLD_"
_REFUSALS: Mapping[int | None, str] = MappingProxyType(
    {
        13: "MongoDB refused the user (13): it lacks a right that docs/operations.md lists",
        18: "MongoDB refused the user or the password (18)",
    }
)
_TLS_REFUSED = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
_CHANGED_INDEX_CODES = frozenset({85, 86})


def store_unavailable(problem: PyMongoError, setting: str) -> StoreUnavailable:
    """Return the port's error for an error of the driver: a refusal if waiting does not help."""
    code = problem.code if isinstance(problem, OperationFailure) else None
    if refusal := _REFUSALS.get(code):
        return StoreRefused(f"{_PREFIX}{setting}: {refusal}")
    if isinstance(problem, ConfigurationError):
        return StoreRefused(f"{_PREFIX}{setting}: MongoDB has a version that the driver does not support")
    if any(sign in str(problem) for sign in _TLS_REFUSED):
        return StoreRefused(f"{_PREFIX}{setting}: TLS with MongoDB failed; is its certificate authority in tlsCAFile?")
    kind = f"MongoDB: {type(problem).__name__}{f' {code}' if code else ''}"
    if code in _CHANGED_INDEX_CODES:
        return StoreUnavailable(f"{kind}: an index of that name has another declaration; drop it, it is built again")
    return StoreUnavailable(kind)
