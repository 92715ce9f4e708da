"""What storage may be told."""

from typing import Annotated

from pydantic import Field

from chassis.settings import Settings


class StorageSettings(Settings):
    """Settings of storage. Other services that keep bytes have the same two: one value is for all."""

    orphan_grace_hours: Annotated[int, Field(ge=1)] = 24
    """Age at which bytes that no file needs are removed; younger ones may still be waiting for their fact."""
    orphan_sweep_minutes: Annotated[int, Field(ge=1)] = 60
    """How often such bytes are looked for."""
