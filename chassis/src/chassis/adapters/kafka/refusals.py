"""Refusals by a broker: authentication, TLS and version errors, which the driver reports as an unreachable broker."""

import ssl
from asyncio import IncompleteReadError
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from chassis.ports.event_store import StoreRefused

_USER = "CALIFORNIA_GOLD_KAFKA_USERNAME, CALIFORNIA_GOLD_KAFKA_PASSWORD: Kafka refused the user"
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (SaslAuthenticationFailed, _USER),
    (AuthenticationFailedError, _USER),
    (TopicAuthorizationFailedError, f"{_USER} a topic"),
    (GroupAuthorizationFailedError, f"{_USER} a consumer group"),
    (ClusterAuthorizationFailedError, f"{_USER} an operation of the cluster"),
    (UnsupportedSaslMechanismError, "CALIFORNIA_GOLD_KAFKA_SASL_MECHANISM: Kafka does not support it"),
    (IncompatibleBrokerVersion, "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP: the version of Kafka is not supported"),
    (ssl.SSLCertVerificationError, "CALIFORNIA_GOLD_KAFKA_CA_FILE: the certificate of Kafka is not trusted"),
)
_WITHOUT_TLS = "CALIFORNIA_GOLD_KAFKA_SECURITY_PROTOCOL: Kafka does not speak TLS there"
_WITH_TLS = "CALIFORNIA_GOLD_KAFKA_SECURITY_PROTOCOL: Kafka speaks TLS there"
_ALERT_OF_TLS = 0x1503
"""The first two bytes of an alert: its type and the major version (RFC 8446, section 5.1)."""

_noted: ContextVar[list[StoreRefused] | None] = ContextVar("noted_refusals", default=None)


def refusal_of(problem: BaseException) -> StoreRefused | None:
    """Return the port's error for a refusal, None for an error that may pass by waiting."""
    if isinstance(problem, ssl.SSLError) and problem.reason == "WRONG_VERSION_NUMBER":
        return StoreRefused(_WITHOUT_TLS)
    if _is_tls_alert(problem.__cause__):
        return StoreRefused(_WITH_TLS)
    return next((StoreRefused(reason) for error, reason in _REFUSALS if isinstance(problem, error)), None)


def _is_tls_alert(cause: BaseException | None) -> bool:
    """Return whether an answer broke off that began as an alert, which the driver took for the length of the answer."""
    return isinstance(cause, IncompleteReadError) and (cause.expected or 0) >> 16 == _ALERT_OF_TLS


def note_refusal(problem: BaseException) -> None:
    """Note the error of a connection, if it is a refusal: the driver only reports that it reached no broker."""
    noted, refusal = _noted.get(), refusal_of(problem)
    if noted is not None and not noted and refusal is not None:
        noted.append(refusal)


@contextmanager
def refusals_noted() -> Generator[Sequence[StoreRefused]]:
    """Collect the first refusal that a connection meets during the block."""
    outer, refusals = _noted.get(), list[StoreRefused]()
    _noted.set(refusals)
    try:
        yield refusals
    finally:
        _noted.set(outer)
