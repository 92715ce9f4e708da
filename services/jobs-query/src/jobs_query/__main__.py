"""The service alone, on the servers: `python -m jobs_query`. It counts no statistics: `jobs_query.statistics` does."""

from chassis.composition.distributed_settings import KeySettings
from chassis.composition.service_main import run
from jobs_query.service import build

if __name__ == "__main__":
    run("jobs_query", build, KeySettings)
