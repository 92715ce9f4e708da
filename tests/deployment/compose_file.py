"""Reader of docker-compose.yml: what it declares for a container of ours. It refuses what it does not know."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dotenv import dotenv_values

from tools.yaml_documents import parsed

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"
NOT_OF_A_CONTAINER = {"restart", "networks", "ports", "depends_on"}
"""How containers are connected, ordered and restarted: whoever starts them decides it."""
_OF_A_CONTAINER = {
    "image",
    "build",
    "command",
    "env_file",
    "environment",
    "secrets",
    "tmpfs",
    "volumes",
    "read_only",
    "init",
    "cap_drop",
    "security_opt",
    "mem_limit",
    "pids_limit",
    "stop_grace_period",
    "healthcheck",
}
_DEFAULT_RETRIES = 3
_SHIFTS = {"k": 10, "m": 20, "g": 30}
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class UnknownDeclaration(Exception):
    """The compose file declares something that this reader does not understand."""


@dataclass(frozen=True)
class Build:
    """How an image is built from the Dockerfile."""

    target: str | None
    args: Mapping[str, str]


@dataclass(frozen=True)
class HealthCheck:
    """A command that ends with 0 in a healthy container, and how many seconds a start may take until it does."""

    command: tuple[str, ...]
    seconds_to_start: float


@dataclass(frozen=True)
class ComposeService:
    """A container as declared: its image, and everything that restricts or configures it.

    `secrets`: file of this machine -> path in the container, where it can only be read.
    """

    name: str
    image: str
    build: Build
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[Path, str]
    tmpfs: tuple[str, ...]
    volumes: tuple[str, ...]
    read_only: bool
    init: bool
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    mem_limit: str
    pids_limit: int
    stop_grace_period: float
    healthcheck: HealthCheck | None


def our_services(secrets: Path | None = None, file: Path = COMPOSE_FILE) -> Mapping[str, ComposeService]:
    """Return the services whose images are built here.

    `secrets`: the folder that takes the place of `secrets/`; without it what its files say is left out.
    Raises `UnknownDeclaration`.
    """
    declared: dict[str, dict[str, Any]] = parsed(file.read_text(encoding="utf-8"))["services"]
    return {name: _service(name, body, secrets) for name, body in declared.items() if "build" in body}


def environment_of(name: str, secrets: Path) -> Mapping[str, str]:
    """Return the environment that is declared for any service, also for a store."""
    declared: dict[str, dict[str, Any]] = parsed(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]
    return _environment(declared[name], secrets)


def _service(name: str, declared: Mapping[str, Any], secrets: Path | None) -> ComposeService:
    _refuse_unknown(name, declared, _OF_A_CONTAINER | NOT_OF_A_CONTAINER)
    build = declared["build"]
    _refuse_unknown(f"{name}: build", build, {"context", "target", "args"})
    return ComposeService(
        name=name,
        image=declared["image"],
        build=Build(build.get("target"), build.get("args", {})),
        command=tuple(declared.get("command", ())),
        environment=_environment(declared, secrets),
        secrets=_secrets(declared, secrets),
        tmpfs=tuple(declared.get("tmpfs", ())),
        volumes=tuple(declared.get("volumes", ())),
        read_only=declared.get("read_only", False),
        init=declared.get("init", False),
        cap_drop=tuple(declared.get("cap_drop", ())),
        security_opt=tuple(declared.get("security_opt", ())),
        mem_limit=declared["mem_limit"],
        pids_limit=declared["pids_limit"],
        stop_grace_period=_seconds(declared.get("stop_grace_period", "10s")),
        healthcheck=_health_check(name, declared["healthcheck"]),
    )


def _health_check(name: str, declared: Mapping[str, Any]) -> HealthCheck | None:
    _refuse_unknown(f"{name}: healthcheck", declared, {"test", "interval", "timeout", "start_period", "disable"})
    if declared.get("disable"):
        return None
    kind, *command = cast("Sequence[str]", declared["test"])
    if kind != "CMD":
        raise UnknownDeclaration(f"{name}: healthcheck: {kind}")
    return HealthCheck(
        tuple(command), _seconds(declared["start_period"]) + _DEFAULT_RETRIES * _seconds(declared["interval"])
    )


def _refuse_unknown(where: str, declared: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(declared) - known):
        raise UnknownDeclaration(f"{where}: {', '.join(unknown)}")


def _environment(declared: Mapping[str, Any], secrets: Path | None) -> Mapping[str, str]:
    """Return the variables of the files and, over them, those that stand in the compose file."""
    found: dict[str, str] = {}
    for file in declared.get("env_file", ()) if secrets else ():
        assert secrets is not None
        values = dotenv_values(secrets / _in_secrets(file), interpolate=False)
        found |= {name: value for name, value in values.items() if value is not None}
    return found | {name: _literal(value) for name, value in declared.get("environment", {}).items()}


def _secrets(declared: Mapping[str, Any], secrets: Path | None) -> Mapping[Path, str]:
    if secrets is None:
        return {}
    return {secrets / secret["source"]: secret["target"] for secret in declared.get("secrets", ())}


def _in_secrets(file: str) -> str:
    folder, _, name = file.partition("/")
    if folder != "secrets" or not name:
        raise UnknownDeclaration(file)
    return name


def _literal(value: object) -> str:
    if "$" in (text := str(value)):
        raise UnknownDeclaration(text)
    return text


def size_in_bytes(size: str) -> int:
    """Return the bytes of a size such as `512m` or `5g`. Raises `UnknownDeclaration`."""
    if not (parts := re.fullmatch(r"(\d+)([kmg])", size)):
        raise UnknownDeclaration(size)
    return int(parts[1]) << _SHIFTS[parts[2]]


def _seconds(duration: str) -> float:
    if not (parts := re.fullmatch(r"(\d+)([smh])", duration)):
        raise UnknownDeclaration(duration)
    return float(parts[1]) * _SECONDS[parts[2]]
