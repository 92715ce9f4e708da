"""Settings of the distributed deployment mode: addresses and credentials of the servers."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from chassis.runtime.settings import Settings


class KafkaSettings(Settings):
    """Settings of a process that needs Kafka alone: the one that creates the topics."""

    kafka_bootstrap: Annotated[str, Field(min_length=1)]
    """Kafka bootstrap servers, `host:port` separated by commas."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Security protocol of the Kafka brokers."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism, if the protocol uses SASL."""
    kafka_username: str = ""
    """SASL user name."""
    kafka_password: SecretStr = SecretStr("")
    """SASL password."""
    kafka_ca_file: Path | None = None
    """CA certificates (PEM) to verify the brokers; by default those of the operating system."""
    kafka_replication: Annotated[int, Field(ge=1, le=32767)] = 1
    """Replication factor of topics that `topics apply` creates."""


class DistributedSettings(KafkaSettings):
    """Settings of a process in distributed mode. Those without a default are required."""

    eventstoredb_uri: SecretStr
    """Connection string of EventStoreDB or KurrentDB: `esdb://host:2113?Tls=false`, or with user, password and TLS."""

    mongodb_uri: SecretStr
    """Connection string of MongoDB."""
    mongodb_keys_uri: SecretStr = SecretStr("")
    """Connection string of the MongoDB that holds the keys; required by services that need keys, empty for others."""
    mongodb_database: Annotated[str, Field(min_length=1)] = "california_gold"
    """Database of the read models; that of the keys is `<database>_keys`."""
    mongodb_driver: Literal["motor", "pymongo"] = "motor"
    """Client library for MongoDB: Motor, or PyMongo's own asynchronous client."""

    s3_endpoint: Annotated[str, Field(pattern=r"^https?://[^/]+$")]
    """URL of MinIO or another S3 service, for this process."""
    s3_public_endpoint: Annotated[str, Field(pattern=r"^(https?://[^/]+)?$")] = ""
    """URL of the S3 service for clients, in presigned links; by default the same."""
    s3_access_key: SecretStr
    """S3 access key."""
    s3_secret_key: SecretStr
    """S3 secret key."""
    s3_region: str = "us-east-1"
    """S3 region, for the signature of requests."""
    s3_bucket_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")] = "california-gold-"
    """Prefix of the names of buckets."""

    instance: str = ""
    """Unique name of this process among its replicas; generated at each start by default."""


class KeySettings(DistributedSettings):
    """Settings of a process that encrypts, decrypts, signs, or derives secrets: it needs access to the keys."""

    @field_validator("mongodb_keys_uri", mode="after")
    @classmethod
    def _is_given(cls, uri: SecretStr) -> SecretStr:
        if not uri.get_secret_value():
            raise ValueError("required: this process needs keys (before version 0.2 they were found by MONGODB_URI)")
        return uri
