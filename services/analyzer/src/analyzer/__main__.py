"""The service alone, on the servers: `python -m analyzer`."""

from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.service_main import run


class ProcessSettings(AnalyzerSettings, DistributedSettings):
    """What this process may be told."""


if __name__ == "__main__":
    run("analyzer", build, ProcessSettings)
