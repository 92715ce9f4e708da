"""Caller: the authenticated user on whose behalf a command or a query runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A user id, and whether the user is an administrator."""

    user_id: int
    admin: bool = False
