"""A container, started as docker-compose.yml declares it."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from testkit.eventually import eventually_blocking
from tests.deployment.compose_file import ComposeService
from tests.images.containers import podman

ON_THE_HOST = (
    *("--network", "host", "--pull", "never", "--log-driver", "k8s-file"),
    *("--ulimit", "nofile=8192:8192", "--ulimit", "nproc=4096:4096"),
)
"""Options of every container: no network of its own, no image from elsewhere, limits that root may set anywhere."""
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Container:
    """A container of ours on the host's network.

    Its environment is the declared one with `addresses`; its health check asks `port` instead of `declared_port`.
    """

    service: ComposeService
    prefix: str
    addresses: Mapping[str, str]
    port: int
    declared_port: int
    environment: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", {**self.service.environment, **self.addresses})

    @property
    def name(self) -> str:
        """The name among the containers of this machine."""
        return f"{self.prefix}-{self.service.name}"

    @property
    def writable(self) -> set[str]:
        """The declared folders that it may write to."""
        mounts = [tmpfs.partition(":")[0] for tmpfs in self.service.tmpfs]
        return {*mounts, *(volume.split(":")[1] for volume in self.service.volumes)}

    @property
    def volumes(self) -> Sequence[str]:
        """Its named volumes and where they are mounted, as `name:folder`."""
        return [f"{self.prefix}-{volume}" for volume in self.service.volumes]

    def start(self) -> None:
        """Create and start it; its volumes stay from one time to the next."""
        podman("run", "--detach", *self._arguments())

    def run(self) -> int:
        """Create it, wait for its end and return its exit code."""
        return podman("run", *self._arguments(), check=False).returncode

    def wait_until_healthy(self) -> None:
        """Wait until the declared health check succeeds. `AssertionError` when compose would call it unhealthy."""
        check = self.service.healthcheck
        assert check is not None
        with suppress(AssertionError):
            eventually_blocking(self._is_healthy_or_ended, within=check.seconds_to_start, pause=_PAUSE_SECONDS)
        if not self.is_healthy():
            raise AssertionError(f"{self.name} is not healthy:\n{self.log()[-3000:]}")

    def is_healthy(self) -> bool:
        """Return whether the declared health check succeeds now."""
        return podman("healthcheck", "run", self.name, check=False).returncode == 0

    def output_of(self, *command: str) -> str:
        """Return the output of a command that runs in the container."""
        return podman("exec", self.name, *command).stdout

    def stop(self) -> tuple[int, float]:
        """Stop it as compose does; return its exit code and how many seconds it took."""
        started = time.monotonic()
        podman("stop", "--time", str(int(self.service.stop_grace_period)), self.name)
        return int(self.state("ExitCode")), time.monotonic() - started

    def kill(self) -> None:
        """Kill all its processes."""
        podman("kill", self.name)
        podman("wait", self.name)

    def remove(self) -> None:
        """Kill and remove it, and leave its volumes."""
        podman("rm", "--force", "--time", "0", "--ignore", self.name)

    def state(self, name: str) -> str:
        """Return a field of its state."""
        return podman("inspect", "--format", f"{{{{.State.{name}}}}}", self.name).stdout.strip()

    def log(self) -> str:
        """Return its output."""
        shown = podman("logs", self.name, check=False)
        return shown.stdout + shown.stderr

    def _is_healthy_or_ended(self) -> bool:
        return self.is_healthy() or self.state("Status") != "running"

    def _arguments(self) -> Sequence[str]:
        return [
            *("--name", self.name),
            *ON_THE_HOST,
            *self._restrictions(),
            *_options("--env", [f"{name}={value}" for name, value in self.environment.items()]),
            *self._health_check(),
            *(self.service.image, *self.service.command),
        ]

    def _restrictions(self) -> Sequence[str]:
        service = self.service
        return [
            *(["--read-only", "--read-only-tmpfs=false"] if service.read_only else []),
            *(["--init"] if service.init else []),
            *("--memory", service.mem_limit, "--pids-limit", str(service.pids_limit)),
            *_options("--cap-drop", service.cap_drop),
            *_options("--security-opt", [option.removesuffix(":true") for option in service.security_opt]),
            *_options("--tmpfs", service.tmpfs),
            *_options("--volume", self.volumes),
            *_options("--volume", [f"{file}:{target}:ro" for file, target in service.secrets.items()]),
        ]

    def _health_check(self) -> Sequence[str]:
        check = self.service.healthcheck
        if check is None:
            return ["--no-healthcheck"]
        declared = f"127.0.0.1:{self.declared_port}"
        command = [part.replace(declared, f"127.0.0.1:{self.port}") for part in check.command]
        assert tuple(command) != check.command, f"{self.service.name}: its health check is not at port {declared}"
        # podman runs it when asked; its own clock is systemd.
        return ["--health-cmd", json.dumps(command), "--health-interval", "disable"]


def _options(name: str, values: Sequence[str]) -> Sequence[str]:
    return [part for value in values for part in (name, value)]
