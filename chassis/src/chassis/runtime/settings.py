"""Settings: environment variables, or a `.env` beside the process, with the prefix `CALIFORNIA_GOLD_`."""

import os
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CALIFORNIA_GOLD_"
_ENV_FILE = ".env"


class InvalidSettings(ValueError):
    """Some variable is unknown or malformed; the message has one line for each, beginning with its name."""


def _origins(value: str) -> str:
    for origin in value.split(","):
        parts = urlsplit(origin.strip())
        if origin.strip() != "*" and (not parts.scheme or not parts.netloc or parts.path):
            raise ValueError(f"{origin.strip()!r} is no origin such as https://example.com")
    return value


def _proxies(value: str) -> str:
    for address in filter(None, (part.strip() for part in value.split(","))):
        ip_network(address)
    return value


class Settings(BaseSettings):
    """What every service may be told. A service with settings of its own subclasses it.

    In one process, one class inherits from all of them: its instance serves every service, and every name is known.
    Load it with `load`, which reports by the variable's name.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=_ENV_FILE, extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen at."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen at; 0 takes any free one."""
    data_dir: Path = Path("data")
    """Folder of everything that is kept, in the embedded form."""
    max_upload_bytes: Annotated[int, Field(ge=1)] = 4 * 1024**3
    """Size of the largest file that may be uploaded."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024**2
    """Size of the largest request body that is not an upload."""
    await_read_model_ms: Annotated[int, Field(ge=0, le=60_000)] = 1000
    """How long a command waits, before it answers, until reads show what it changed."""
    orphan_grace_hours: Annotated[int, Field(ge=1)] = 24
    """Age at which bytes that nothing needs are removed; younger ones may still be waiting for their fact."""
    orphan_sweep_minutes: Annotated[int, Field(ge=1)] = 60
    """How often such bytes are looked for."""

    rate_limits: Literal["on", "off"] = "on"
    """Whether the limits below hold."""
    requests_per_minute: Annotated[int, Field(ge=1)] = 100
    """Requests a minute of one user, or of one address when anonymous."""
    uploads_per_minute: Annotated[int, Field(ge=1)] = 10
    """Uploads a minute, likewise."""
    sockets_per_user: Annotated[int, Field(ge=1)] = 5
    """WebSockets open at once, of one user, or of one address when anonymous."""

    cors_origins: Annotated[str, AfterValidator(_origins)] = "*"
    """Origins that browsers may call from, separated by commas; `*` is any."""
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = ""
    """Addresses or networks, separated by commas, whose X-Forwarded-For is believed."""
    websocket_requires_token: bool = False
    """Whether a WebSocket must show a token; otherwise the job's UUID is enough."""
    log_format: Literal["console", "json"] = "console"
    """`console` for people, `json` for collectors."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    access_log: Literal["on", "off"] = "on"
    """Whether each request is logged."""


AnySettings = TypeVar("AnySettings", bound=Settings)


def load(kind: type[AnySettings]) -> AnySettings:
    """Read the settings of this process. Raises `InvalidSettings`, which names every variable at fault."""
    given = variables()
    known = {(PREFIX + name).upper() for name in kind.model_fields}
    problems = [f"{name}: there is no such setting" for name in _unknown(given, known)]
    try:
        settings = kind()
    except ValidationError as invalid:
        problems += [f"{PREFIX}{str(error['loc'][0]).upper()}: {error['msg']}" for error in invalid.errors()]
        raise InvalidSettings("\n".join(problems)) from None
    if problems:
        raise InvalidSettings("\n".join(problems))
    return settings


def variables() -> Mapping[str, str | None]:
    """Return what this process is told: the lines of `.env`, and over them its environment."""
    return {**dotenv_values(_ENV_FILE), **os.environ}


def _unknown(given: Iterable[str], known: set[str]) -> list[str]:
    return sorted(name for name in given if name.upper().startswith(PREFIX) and name.upper() not in known)
