"""The installation that the checks look at."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from california_gold.settings import AllSettings, DistributedAllSettings
from chassis.composition.embedded_inspection import EmbeddedInspection
from chassis.ports.inspection import CheckResult, StoreInspection


@dataclass(frozen=True)
class Installation:
    """The settings of an installation, and what reads its stores."""

    settings: AllSettings
    stores: StoreInspection

    @property
    def is_distributed(self) -> bool:
        """Whether its stores are servers."""
        return isinstance(self.settings, DistributedAllSettings)

    @property
    def work_dir(self) -> Path:
        """The folder of uploads during their analysis."""
        return self.settings.work_dir or self.settings.data_dir / "work"


Check = Callable[[Installation], Awaitable[CheckResult]]


def installation_of(settings: AllSettings) -> Installation:
    """Return the installation that the settings describe. Raises ImportError without the drivers of its servers."""
    if isinstance(settings, DistributedAllSettings):
        # The drivers are an extra: a data folder is checked without them.
        from chassis.composition.distributed_inspection import DistributedInspection

        return Installation(settings, DistributedInspection(settings))
    return Installation(settings, EmbeddedInspection(settings.data_dir.absolute()))
