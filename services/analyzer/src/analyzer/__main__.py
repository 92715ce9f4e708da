"""The service in a process of its own, in the distributed deployment mode: `python -m analyzer`."""

from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from chassis.composition.distributed_settings import KeySettings
from chassis.composition.service_main import run


class ProcessSettings(AnalyzerSettings, KeySettings):
    """Settings of this process."""


if __name__ == "__main__":
    run("analyzer", build, ProcessSettings)
