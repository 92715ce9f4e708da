"""`make run-distributed`: the distributed form on this machine, on the servers that `make servers` brought."""

import os
import signal
import sys
from pathlib import Path

from tests.servers.deployment import Deployment
from tests.servers.stack import KINDS, Stack

_PORT = int(os.environ.get("CALIFORNIA_GOLD_PORT", "8000"))
_SAID = """
California Gold, distributed, listens at {url}
  data           {folder}
  API docs       {url}/docs
  event store    {event_store}   a test server of this project that speaks EventStoreDB's protocol: not for real data
  Kafka          {kafka}
  MongoDB        {mongodb}   SecantusDB, which speaks MongoDB's protocol
  MinIO          {minio}

Ctrl-C stops all of it."""


def main() -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, end everything. Returns the exit code."""
    missing = [reason for kind in KINDS if (reason := kind.missing())]
    if missing:
        sys.stderr.writelines(f"run-distributed: {reason}\n" for reason in missing)
        return 1
    folder = Path("data") / "distributed"
    stack = Stack.in_folder(folder.absolute() / "servers")
    deployment = Deployment(folder.absolute() / "processes", stack, port=_PORT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        stack.start()
        stack.apply_topics()
        deployment.begin()
        sys.stdout.write(_welcome(deployment, folder))
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("stopping\n")
    finally:
        deployment.end(signal.SIGTERM)
        stack.stop()
    return 0


def _welcome(deployment: Deployment, folder: Path) -> str:
    stack = deployment.stack
    return _SAID.format(
        url=deployment.url,
        folder=folder.absolute(),
        event_store=stack.event_store.endpoint,
        kafka=stack.kafka.endpoint,
        mongodb=stack.mongodb.endpoint,
        minio=stack.minio.endpoint,
    )


if __name__ == "__main__":
    sys.exit(main())
