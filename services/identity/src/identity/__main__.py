"""The service as a process of its own, in the distributed deployment mode: `python -m identity`."""

from chassis.composition.distributed_settings import KeySettings
from chassis.composition.service_main import run
from identity.service import build
from identity.settings import IdentitySettings


class ProcessSettings(IdentitySettings, KeySettings):
    """The settings of the process."""


if __name__ == "__main__":
    run("identity", build, ProcessSettings)
