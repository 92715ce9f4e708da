"""The live statistics alone, on the servers: `python -m jobs_query.statistics`."""

from chassis.deployable import run
from chassis.distributed_settings import DistributedSettings
from jobs_query.entrypoints.statistics_worker import build

if __name__ == "__main__":
    run("jobs_query.statistics", build, DistributedSettings)
