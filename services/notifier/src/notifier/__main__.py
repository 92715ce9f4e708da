"""The service alone, on the servers: `python -m notifier`."""

from chassis.deployable import run
from chassis.distributed_settings import DistributedSettings
from notifier.service import build

if __name__ == "__main__":
    run("notifier", build, DistributedSettings)
