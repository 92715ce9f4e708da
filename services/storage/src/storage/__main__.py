"""The service alone, on the servers: `python -m storage`."""

from chassis.deployable import run
from chassis.distributed_settings import DistributedSettings
from storage.service import build

if __name__ == "__main__":
    run("storage", build, DistributedSettings)
