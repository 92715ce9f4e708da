"""The four servers with the users of docker-compose.yml; Kafka has the very configuration that is declared there."""

import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from pymongo import MongoClient

from tests.deployment.compose_file import COMPOSE_FILE, environment_of
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.infrastructure_servers import InfrastructureServers, run_california_gold
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.mongodb import MongodbServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess

_OF_A_STORE = re.compile("CALIFORNIA_GOLD_(EVENTSTOREDB|KAFKA|MONGODB|S3)_")


def make_secrets(folder: Path) -> Path:
    """Make a folder of secrets as `make secrets` does; return it."""
    subprocess.run(["sh", COMPOSE_FILE.parent / "compose" / "make-secrets.sh", folder], check=True)
    return folder


@dataclass(frozen=True)
class SecuredServers(InfrastructureServers):
    """Servers with users; `secrets` is the folder with the settings of each service."""

    secrets: Path

    @classmethod
    def with_secrets(cls, folder: Path, secrets: Path) -> "SecuredServers":
        """Return servers, not started yet, that keep their data in a folder."""
        return cls(
            SecuredEventStoreDbServer(folder / "eventstoredb", free_port(), secrets),
            SecuredKafkaServer(folder / "kafka", free_port(), secrets),
            SecuredMongodbServer(folder / "mongodb", free_port(), secrets),
            SecuredMinioServer(folder / "minio", free_port(), secrets),
            secrets,
        )

    def settings(self) -> Mapping[str, str]:
        """Return the environment variables of a command, with the users of the toolbox."""
        return self.settings_of("toolbox")

    def settings_of(self, service: str) -> Mapping[str, str]:
        """Return the settings of the stores that docker-compose.yml declares for a service, for these servers.

        Those of the toolbox, which is none of its services, are those of any process with the toolbox's file.
        """
        own = dotenv_values(self.secrets / "toolbox.env") if service == "toolbox" else {}
        declared = {**environment_of("identity" if own else service, self.secrets), **own}
        stores = {name: value for name, value in declared.items() if value is not None and _OF_A_STORE.match(name)}
        authority = {"/etc/california-gold/ca": str(self.secrets)}
        return {name: _replaced(value, authority) for name, value in self.addressed(stores).items()}

    def apply_credentials(self, user: str = "credentials", *options: str) -> None:
        """Make the users of the services and their rights, with the settings of a user."""
        run_california_gold(self.settings_of(user), "credentials", "apply", str(self.secrets), *options)

    def apply_topics(self, environment: Mapping[str, str] | None = None) -> None:
        """Make the users and their rights, then the topics."""
        self.apply_credentials()
        super().apply_topics(environment or self.settings_of("topics"))

    def addressed(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Return variables with the addresses of these servers in place of the declared ones."""
        addresses = {
            "kurrentdb:2113": f"127.0.0.1:{self.event_store.port}",
            "kafka:9092": self.kafka.endpoint,
            "mongodb:27017/?replicaSet=rs0": f"127.0.0.1:{self.mongodb.port}/?directConnection=true",
            "http://minio:9000": self.minio.endpoint,
            "http://localhost:9000": self.minio.endpoint,
        }
        return {name: _replaced(value, addresses) for name, value in environment.items()}


class SecuredEventStoreDbServer(EventStoreDbServer):
    """The EventStoreDB test server with TLS and users."""

    def __init__(self, folder: Path, port: int, secrets: Path) -> None:
        super().__init__(folder, port)
        self._secrets = secrets

    def environment(self) -> dict[str, str]:
        """Return the password of `admin`, beside the path of the package."""
        declared = environment_of("kurrentdb", self._secrets)
        return {**super().environment(), "EVENTSTOREDB_ADMIN_PASSWORD": declared["KURRENTDB_DEFAULT_ADMIN_PASSWORD"]}

    def command(self) -> Sequence[str]:
        """Return the command line."""
        certificate, key = self._secrets / "kurrentdb.crt", self._secrets / "kurrentdb.key"
        return [*super().command(), "--certificate", str(certificate), "--key", str(key)]


class SecuredKafkaServer(KafkaServer):
    """A broker with users and access control lists, configured as docker-compose.yml does; only addresses differ."""

    def __init__(self, folder: Path, port: int, secrets: Path) -> None:
        super().__init__(folder, port)
        self._secrets, self._broker_port = secrets, free_port()

    def configure(self) -> None:
        """Write the broker's properties: the image names a property by its variable, with `_` for a dot."""
        super().configure()
        properties = dict(line.split("=", 1) for line in self._properties.read_text(encoding="utf-8").splitlines())
        addresses = {
            "://:9092": f"://127.0.0.1:{self.port}",
            "kafka:9092": f"127.0.0.1:{self.port}",
            "localhost:9093": f"127.0.0.1:{self._controller_port}",
            "localhost:9094": f"127.0.0.1:{self._broker_port}",
            "/var/lib/kafka/data": str(self.folder),
        }
        for name, value in environment_of("kafka", self._secrets).items():
            properties[name.removeprefix("KAFKA_").lower().replace("_", ".")] = _replaced(value, addresses)
        text = "\n".join(f"{name}={value}" for name, value in properties.items())
        self._properties.write_text(text, encoding="utf-8")

    def is_ready(self) -> bool:
        """Return whether it listens: it answers no request without a user."""
        return ServerProcess.is_ready(self)


class _MongodbServerWithUsers(MongodbServer):
    """A MongoDB server with an administrator."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        super().__init__(folder, free_port())
        self._secrets = secrets

    def prepare(self) -> None:
        """Make the administrator, as the image does before its first start: on a server without users."""
        declared = environment_of("mongodb", self._secrets)
        open_server = MongodbServer(self.folder, self.port)
        open_server.start()
        with MongoClient[dict[str, object]](open_server.endpoint) as client:
            client["admin"].command(
                "createUser",
                declared["MONGO_INITDB_ROOT_USERNAME"],
                pwd=declared["MONGO_INITDB_ROOT_PASSWORD"],
                roles=[{"role": "root", "db": "admin"}],
            )
        open_server.stop()

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [*super().command(), "--auth"]


class SecuredMongodbServer(MongodbServer):
    """A MongoDB server with users behind the proxy that knows the rights on single collections."""

    def __init__(self, folder: Path, port: int, secrets: Path) -> None:
        super().__init__(folder, port)
        self._server = _MongodbServerWithUsers(folder / "server", secrets)

    def environment(self) -> Mapping[str, str]:
        """Return the path on which the proxy's package is found."""
        return {"PYTHONPATH": str(COMPOSE_FILE.parent)}

    def command(self) -> Sequence[str]:
        """Return the command line of the proxy."""
        return [sys.executable, "-m", "tests.servers.mongodb_rights", str(self.port), str(self._server.port)]

    def launch(self) -> None:
        """Start both processes."""
        self._server.start()
        super().launch()

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal to both processes."""
        super().send_signal(how)
        self._server.send_signal(how)

    def wait_for_exit(self) -> int:
        """Wait until both processes exit; return the exit code of the server."""
        super().wait_for_exit()
        return self._server.wait_for_exit()


class SecuredMinioServer(MinioServer):
    """A MinIO server with the administrator of docker-compose.yml."""

    def __init__(self, folder: Path, port: int, secrets: Path) -> None:
        super().__init__(folder, port)
        self._secrets = secrets

    def environment(self) -> Mapping[str, str]:
        """Return the variables of the server."""
        return {**super().environment(), **environment_of("minio", self._secrets)}


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for declared, replacement in replacements.items():
        text = text.replace(declared, replacement)
    return text
