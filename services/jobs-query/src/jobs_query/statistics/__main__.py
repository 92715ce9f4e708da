"""The live statistics alone, on the servers: `python -m jobs_query.statistics`."""

from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.service_main import run
from jobs_query.statistics.faust_worker import build

if __name__ == "__main__":
    run("jobs_query.statistics", build, DistributedSettings)
