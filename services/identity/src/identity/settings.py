"""The settings of identity."""

from typing import Annotated

from pydantic import Field

from chassis.runtime.settings import Settings


class IdentitySettings(Settings):
    """Settings of identity."""

    security_log_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """Days for which entries of the security log can be read; then the key of their day is destroyed."""
