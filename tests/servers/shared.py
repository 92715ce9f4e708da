"""Servers that all tests of a run share, however many processes run them: started when the first test asks."""

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

Kind = type[KafkaServer] | type[MinioServer] | type[MongodbServer] | type[EventStoreDbServer]
_GIVEN_AS: dict[Kind, str] = {
    KafkaServer: "KAFKA_BOOTSTRAP",
    MongodbServer: "MONGODB_URI",
    MinioServer: "S3_ENDPOINT",
    EventStoreDbServer: "EVENTSTOREDB_URI",
}

_STARTED: list[ServerProcess] = []
"""What this process started and another one may end: kept, because a forgotten child process is warned of."""


class MayBeMissing(Protocol):
    """Something that a machine may not have."""

    @staticmethod
    def missing() -> str | None:
        """Say why there is none."""
        ...


def required(kind: type[MayBeMissing]) -> None:
    """Skip the test when a server can't be had; fail it where `REQUIRE_SERVERS=1` says that all are there."""
    reason = kind.missing()
    if reason and os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@dataclass(frozen=True)
class SharedServers:
    """The servers of one run, which end with the process `owner`; `folder` is the same for all processes of the run."""

    folder: Path
    owner: int

    def endpoint(self, kind: Kind) -> str:
        """Return what clients of a server are given: the one that the environment names, else one of our own."""
        if given := os.environ.get(_GIVEN_AS[kind]):
            return given
        required(kind)
        with self._state() as state:
            if kind.name not in state:
                server = kind(self.folder / kind.name, free_port(), self.owner)
                server.start()
                _STARTED.append(server)
                state[kind.name] = {"endpoint": server.endpoint, "pid": str(server.pid)}
            return state[kind.name]["endpoint"]

    def end(self) -> None:
        """End what was started."""
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
