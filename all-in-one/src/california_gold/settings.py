"""The union of the settings of all services."""

from analyzer.settings import AnalyzerSettings
from chassis.composition.distributed_settings import DistributedSettings
from identity.settings import IdentitySettings


class AllSettings(IdentitySettings, AnalyzerSettings):
    """Settings of the whole product in one process; one instance serves every service."""


class DistributedAllSettings(AllSettings, DistributedSettings):
    """Settings of a command that works on the servers."""
