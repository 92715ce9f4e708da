"""Verified token: what a valid bearer token says, without the token itself."""

from dataclasses import dataclass

from chassis.commands.caller import Caller


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The caller, and what ends the token.

    That is the id of the key that signed it (`kid`), its own id, the user's generation of tokens, and its expiry (Unix
    time).
    """

    caller: Caller
    kid: str
    id: str
    generation: int
    expires: float
