"""Runs the service as a process of its own, on the servers: `python -m storage`."""

from chassis.composition.distributed_settings import KeySettings
from chassis.composition.service_main import run
from storage.service import build

if __name__ == "__main__":
    run("storage", build, KeySettings)
