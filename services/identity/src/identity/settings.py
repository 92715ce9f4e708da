"""The settings of identity."""

from typing import Annotated

from pydantic import Field

from chassis.runtime.settings import Settings


class IdentitySettings(Settings):
    """Settings of identity."""

    token_lifetime_hours: Annotated[float, Field(gt=0, le=24 * 365)] = 24
    """Hours that a token is valid after login."""
