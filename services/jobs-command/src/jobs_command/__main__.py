"""Runs the service as a process of its own, on the servers: `python -m jobs_command`."""

from chassis.composition.distributed_settings import KeySettings
from chassis.composition.service_main import run
from jobs_command.service import build

if __name__ == "__main__":
    run("jobs_command", build, KeySettings)
