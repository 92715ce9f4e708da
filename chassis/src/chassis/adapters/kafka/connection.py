"""Kafka connection settings, and the driver arguments that follow from them."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class ClientArguments(TypedDict, total=False):
    """The keyword arguments that producers, consumers and admin clients of aiokafka share."""

    bootstrap_servers: list[str]
    client_id: str
    security_protocol: SecurityProtocol
    ssl_context: ssl.SSLContext
    sasl_mechanism: SaslMechanism
    sasl_plain_username: str
    sasl_plain_password: str
    metadata_max_age_ms: int
    retry_backoff_ms: int


@dataclass(frozen=True)
class KafkaConnection:
    """The address and credentials of a Kafka cluster.

    `bootstrap`: `host:port`, several separated by commas. `ca_file`: PEM; None means the system's certificates.
    Raises `ValueError` for a SASL protocol without a username or a password.
    """

    bootstrap: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self._has_sasl and not (self.username and self.password):
            raise ValueError(f"{self.security_protocol} needs a username and a password")

    def client_arguments(self) -> ClientArguments:
        """Return the arguments for the driver's clients. Raises `ValueError` when the certificates can't be read."""
        arguments = ClientArguments(
            bootstrap_servers=[server.strip() for server in self.bootstrap.split(",") if server.strip()],
            client_id="california-gold",
            security_protocol=self.security_protocol,
            metadata_max_age_ms=60_000,
            retry_backoff_ms=250,
        )
        if self._has_sasl:
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.username
            arguments["sasl_plain_password"] = self.password
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = self._ssl_context()
        return arguments

    @property
    def _has_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as problem:
            raise ValueError(f"certificates can't be read from {self.ca_file}: {problem.strerror}") from problem
