"""Where the servers of the distributed form are, and how they are reached."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from chassis.runtime.settings import Settings


class DistributedSettings(Settings):
    """Settings of a process that runs on servers. What has no default must be given."""

    eventstoredb_uri: SecretStr
    """Connection string of EventStoreDB / KurrentDB: `esdb://host:2113?Tls=false`, or with user, password and TLS."""

    kafka_bootstrap: Annotated[str, Field(min_length=1)]
    """Brokers, `host:port` separated by commas."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How brokers are talked to."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How this process proves who it is, where the protocol is one of SASL."""
    kafka_username: str = ""
    """Name for SASL."""
    kafka_password: SecretStr = SecretStr("")
    """Password for SASL."""
    kafka_ca_file: Path | None = None
    """Certificates (PEM) that brokers are trusted by; the system's when not given."""
    kafka_replication: Annotated[int, Field(ge=1, le=32767)] = 1
    """Copies of each partition, for topics that `topics apply` makes."""

    mongodb_uri: SecretStr
    """Connection string of MongoDB."""
    mongodb_database: Annotated[str, Field(min_length=1)] = "california_gold"
    """Database of the read models; the users' keys are in the one of this name with `_keys` behind it."""

    s3_endpoint: Annotated[str, Field(pattern=r"^https?://[^/]+$")]
    """URL of MinIO or any S3, as this process reaches it."""
    s3_public_endpoint: Annotated[str, Field(pattern=r"^(https?://[^/]+)?$")] = ""
    """URL of the same as clients reach it, for presigned links; the one above when not given."""
    s3_access_key: SecretStr
    """Access key."""
    s3_secret_key: SecretStr
    """Secret key."""
    s3_region: str = "us-east-1"
    """Region that requests are signed for."""
    s3_bucket_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")] = "california-gold-"
    """What the names of our buckets begin with."""

    instance: str = ""
    """Name of this process among its replicas; made up anew at each start when not given."""
