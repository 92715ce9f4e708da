"""The service alone, on the servers: `python -m jobs_command`."""

from chassis.deployable import run
from chassis.distributed_settings import DistributedSettings
from jobs_command.service import build

if __name__ == "__main__":
    run("jobs_command", build, DistributedSettings)
