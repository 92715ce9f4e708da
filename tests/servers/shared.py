"""Servers that all processes of a test run share; each is started when a test first needs it."""

import fcntl
import json
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.mongodb import MongodbServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess

ServerType = type[KafkaServer] | type[MinioServer] | type[MongodbServer] | type[EventStoreDbServer]
_ENVIRONMENT_VARIABLES: dict[ServerType, str] = {
    KafkaServer: "KAFKA_BOOTSTRAP",
    MongodbServer: "MONGODB_URI",
    MinioServer: "S3_ENDPOINT",
    EventStoreDbServer: "EVENTSTOREDB_URI",
}

_STARTED: list[ServerProcess] = []
"""Processes that this one started and another one may stop: kept, because Python warns about forgotten ones."""


class Installable(Protocol):
    """A server that may not be installed on a machine."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        ...


def required(server: type[Installable]) -> None:
    """Skip the test when a server is not installed; fail it instead when `REQUIRE_SERVERS=1`."""
    reason = server.missing()
    if reason and os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@dataclass(frozen=True)
class SharedServers:
    """The servers of a test run. They do not outlive the process `owner`; all processes of the run share `folder`."""

    folder: Path
    owner: int

    def endpoint(self, server_type: ServerType) -> str:
        """Return the address of a server: from its environment variable, or of a server that is started."""
        if external := os.environ.get(_ENVIRONMENT_VARIABLES[server_type]):
            return external
        required(server_type)
        with self._state() as state:
            if server_type.name not in state:
                server = server_type(self.folder / server_type.name, free_port(), self.owner)
                server.start()
                _STARTED.append(server)
                state[server_type.name] = {"endpoint": server.endpoint, "pid": str(server.pid)}
            return state[server_type.name]["endpoint"]

    def stop(self) -> None:
        """Kill the servers that were started."""
        with self._state() as state:
            for server in state.values():
                with suppress(ProcessLookupError):
                    os.kill(int(server["pid"]), signal.SIGKILL)
            state.clear()

    @contextmanager
    def _state(self) -> Generator[dict[str, dict[str, str]]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "state.json").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            state = json.loads(file.read() or "{}")
            yield state
            file.truncate(0)
            file.write(json.dumps(state))
