"""What this service may be told beyond what every service may."""

from typing import Annotated

from pydantic import Field

from chassis.settings import Settings


class JobsCommandSettings(Settings):
    """The settings of jobs-command."""

    orphan_grace_hours: Annotated[int, Field(ge=1)] = 24
    """Age at which bytes that no job needs are removed; younger ones may still be waiting for their job."""
    orphan_sweep_minutes: Annotated[int, Field(ge=1)] = 60
    """How often such bytes are looked for."""
