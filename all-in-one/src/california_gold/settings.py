"""The settings of everything at once: what any service knows is known here."""

from analyzer.settings import AnalyzerSettings
from identity.settings import IdentitySettings
from jobs_command.settings import JobsCommandSettings
from storage.settings import StorageSettings


class AllSettings(IdentitySettings, StorageSettings, JobsCommandSettings, AnalyzerSettings):
    """Settings of the whole product in one process; one instance serves every service."""
