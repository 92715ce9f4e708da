"""The service alone, on the servers: `python -m identity`."""

from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.service_main import run
from identity.service import build
from identity.settings import IdentitySettings


class ProcessSettings(IdentitySettings, DistributedSettings):
    """What this process may be told."""


if __name__ == "__main__":
    run("identity", build, ProcessSettings)
