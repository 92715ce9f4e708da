"""The service alone, on the servers: `python -m notifier`."""

from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.service_main import run
from notifier.service import build

if __name__ == "__main__":
    run("notifier", build, DistributedSettings)
