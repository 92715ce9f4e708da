"""The settings of identity."""

from chassis.runtime.settings import Settings


class IdentitySettings(Settings):
    """Settings of identity."""
