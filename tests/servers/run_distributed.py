"""`make run-distributed`: the distributed mode on this machine, on the servers that `make servers` installed."""

import os
import signal
import sys
from pathlib import Path

from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers

_PORT = int(os.environ.get("CALIFORNIA_GOLD_PORT", "8000"))
_WELCOME = """
California Gold, distributed, listens at {url}
  console        {console}
  data           {folder}
  API docs       {url}/docs
  event store    {event_store}   a test double of EventStoreDB: not for real data
  Kafka          {kafka}
  MongoDB        {mongodb}   SecantusDB, which speaks MongoDB's protocol
  MinIO          {minio}

Ctrl-C stops all of it."""


def main() -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything; return the exit code."""
    missing = [reason for server in SERVER_TYPES if (reason := server.missing())]
    if missing:
        sys.stderr.writelines(f"run-distributed: {reason}\n" for reason in missing)
        return 1
    folder = Path("data") / "distributed"
    servers = InfrastructureServers.in_folder(folder.absolute() / "servers")
    deployment = Deployment(folder.absolute() / "processes", servers, port=_PORT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        servers.start()
        servers.apply_topics()
        deployment.start()
        sys.stdout.write(_welcome(deployment, folder))
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("stopping\n")
    finally:
        deployment.stop(signal.SIGTERM)
        servers.stop()
    return 0


def _welcome(deployment: Deployment, folder: Path) -> str:
    servers = deployment.servers
    return _WELCOME.format(
        url=deployment.url,
        console=f"{deployment.url}/console/" if deployment.gateway.gateway.console else "not built (make console)",
        folder=folder.absolute(),
        event_store=servers.event_store.endpoint,
        kafka=servers.kafka.endpoint,
        mongodb=servers.mongodb.endpoint,
        minio=servers.minio.endpoint,
    )


if __name__ == "__main__":
    sys.exit(main())
