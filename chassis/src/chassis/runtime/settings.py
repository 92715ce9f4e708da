"""Settings: environment variables, or lines of a `.env` file, with the prefix `CALIFORNIA_GOLD_`."""

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from california_gold_contracts.topics import LONGEST_TOKEN_LIFETIME

PREFIX = "CALIFORNIA_GOLD_"
_ENV_FILE = ".env"


class InvalidSettings(ValueError):
    """Variables are unknown or malformed, or name a folder that can't be written to.

    The message has one line per variable, which starts with its name.
    """


def _origins(value: str) -> str:
    for origin in value.split(","):
        parts = urlsplit(origin.strip())
        if origin.strip() != "*" and (not parts.scheme or not parts.netloc or parts.path):
            raise ValueError(f"{origin.strip()!r} is not an origin such as https://example.com")
    return value


def _proxies(value: str) -> str:
    for address in filter(None, (part.strip() for part in value.split(","))):
        try:
            ip_network(address)
        except ValueError:
            raise ValueError(f"{address!r} is no address or network of a proxy, such as 10.244.0.0/16") from None
    return value


class Settings(BaseSettings):
    """Settings of every service. A service with further settings subclasses it.

    In embedded mode one class inherits from all of them, so that one instance configures every service. In distributed
    mode all processes share their environment variables, and each rejects variables that its class does not declare.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=_ENV_FILE, extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 selects a free port."""
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 10
    """How long a process that was told to stop lets requests under way finish, in seconds: time for an upload."""
    start_seconds: Annotated[int, Field(ge=1)] = 60
    """How long a process may fail to start, because a store refuses it or a worker fails, before `/live` is 503."""
    data_dir: Path = Path("data")
    """Data folder of the embedded deployment mode."""
    max_connections: Annotated[int, Field(ge=1)] = 4096
    """Maximum open connections; half of what the process may open (RLIMIT_NOFILE) stays free, at most 512."""
    max_upload_bytes: Annotated[int, Field(ge=1)] = 4 * 1024**3
    """Maximum size of an uploaded file, in bytes."""
    user_bytes: Annotated[int, Field(ge=1)] = 100 * 1024**3
    """Maximum size of all files of a user and inputs of their jobs together, in bytes."""
    user_files: Annotated[int, Field(ge=1)] = 10_000
    """Maximum number of files of a user and inputs of their jobs together."""
    min_free_bytes: Annotated[int, Field(ge=0)] = 1024**3
    """Free bytes of the file system of `DATA_DIR` below which uploads are refused; in embedded mode only."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024**2
    """Maximum size of any other request body, in bytes."""
    await_read_model_ms: Annotated[int, Field(ge=0, le=60_000)] = 1000
    """Read your writes: how long a command (in one process: the next read) waits for the read model, in ms."""
    orphan_grace_hours: Annotated[int, Field(ge=1)] = 24
    """Age in hours at which unreferenced objects are deleted; the event for a younger one may still be pending."""
    orphan_sweep_minutes: Annotated[int, Field(ge=1)] = 60
    """Interval between two searches for unreferenced objects, in minutes."""

    rate_limits: Literal["on", "off"] = "on"
    """Whether the limits below are enforced."""
    requests_per_minute: Annotated[int, Field(ge=1)] = 100
    """Maximum requests per minute and user, or per IP address of anonymous clients."""
    uploads_per_minute: Annotated[int, Field(ge=1)] = 10
    """Maximum uploads per minute and user, or per IP address of anonymous clients."""
    user_jobs_waiting: Annotated[int, Field(ge=1)] = 20
    """Maximum jobs of a user that are queued or processing."""
    logins_per_minute: Annotated[int, Field(ge=1)] = 60
    """Maximum log-ins and registrations per minute and IP address, whatever token comes along."""
    users_per_address: Annotated[int, Field(ge=1)] = 20
    """The users of one IP address together may send as much as so many users (requests, uploads, handshakes)."""
    handshakes_per_minute: Annotated[int, Field(ge=1)] = 300
    """Maximum WebSocket handshakes per minute, refused ones too, counted as requests are."""
    reports_per_minute: Annotated[int, Field(ge=1)] = 60
    """Maximum requests for /metrics and /openapi.json per minute, address and process: Prometheus asks 4 times."""
    sockets_per_user: Annotated[int, Field(ge=1)] = 5
    """Maximum open WebSockets per user, or per IP address of anonymous clients."""

    token_lifetime_hours: Annotated[float, Field(gt=0, le=LONGEST_TOKEN_LIFETIME / timedelta(hours=1))] = 24
    """Hours that a token is valid after login. Every service refuses tokens of a longer lifetime."""

    cors_origins: Annotated[str, AfterValidator(_origins)] = "*"
    """Allowed CORS origins, separated by commas; `*` allows any."""
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = ""
    """Addresses or networks of trusted proxies, separated by commas: their X-Forwarded-For is used."""
    trust_traceparent: bool = False
    """Whether a client's `traceparent` is gone on with, its flag `sampled` included; otherwise it is a link."""
    websocket_requires_token: bool = False
    """Whether a WebSocket requires the token of the job's owner; otherwise the UUID of the job is enough."""
    log_format: Literal["console", "json"] = "console"
    """Format of logs: `console` for people, `json` for log collectors."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Minimum level of log events."""
    access_log: Literal["on", "off"] = "on"
    """Whether requests are logged."""


AnySettings = TypeVar("AnySettings", bound=Settings)


def load(settings_type: type[AnySettings], accepted: type[Settings] | None = None) -> AnySettings:
    """Read the settings of this process. Raises `InvalidSettings`, which names every unknown or malformed variable.

    `accepted`: a command that needs few settings ignores the others of this class.
    """
    known = {(PREFIX + name).upper() for name in (accepted or settings_type).model_fields}
    problems = [f"{name}: there is no such setting" for name in _unknown(variables(), known)]
    try:
        settings = settings_type()
    except ValidationError as invalid:
        problems += [f"{PREFIX}{str(error['loc'][0]).upper()}: {error['msg']}" for error in invalid.errors()]
        raise InvalidSettings("\n".join(problems)) from None
    if problems:
        raise InvalidSettings("\n".join(problems))
    return settings


@contextmanager
def naming_folder(setting: str, folder: Path) -> Generator[None]:
    """Raise `InvalidSettings`, with the name of the setting, when the folder that it names can't be written to."""
    try:
        yield
    except OSError as problem:
        path = Path(problem.filename or folder).absolute()
        raise InvalidSettings(f"{PREFIX}{setting}: cannot write to {path}: {problem.strerror}") from None


def variables() -> Mapping[str, str | None]:
    """Return the variables of this process: `.env`, overridden by the environment."""
    return {**dotenv_values(_ENV_FILE), **os.environ}


def _unknown(names: Iterable[str], known: set[str]) -> list[str]:
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
