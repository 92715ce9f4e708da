"""The key ring aggregate: generations of the key that signs tokens, of which the newest one signs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.commands.decider import Decider

FIRST_GENERATION = 0
"""The key of an installation that never rotated."""


class SigningKeyRotated(Event):
    """New tokens are signed with the key of this generation. `kid` is the id that its tokens carry."""

    wire_type: ClassVar[str] = "identity.signing-key-rotated.v1"

    generation: int
    kid: str


class SigningKeyRevoked(Event):
    """Tokens signed with the key of this generation are refused from now on."""

    wire_type: ClassVar[str] = "identity.signing-key-revoked.v1"

    generation: int
    kid: str


KEY_RING_EVENTS = Catalog((SigningKeyRotated, SigningKeyRevoked))


@dataclass(frozen=True)
class KeyRing:
    """The state: the newest generation, and those that are revoked."""

    newest: int = FIRST_GENERATION
    revoked: frozenset[int] = frozenset()

    @property
    def generations(self) -> Sequence[int]:
        """All generations, oldest first."""
        return range(self.newest + 1)

    @property
    def valid(self) -> Sequence[int]:
        """The generations whose tokens are accepted, oldest first."""
        return [generation for generation in self.generations if generation not in self.revoked]


@dataclass(frozen=True)
class Rotate:
    """Sign new tokens with the key of a new generation."""

    generation: int
    kid: str


@dataclass(frozen=True)
class Revoke:
    """Refuse the tokens of a generation. `successor` replaces it if it is the newest one."""

    generation: int
    kid: str
    successor: Rotate


KeyRingCommand = Rotate | Revoke


def decide(ring: KeyRing, command: KeyRingCommand) -> Sequence[Event]:
    """Return the events of a command. What is done already changes nothing."""
    match command:
        case Rotate(generation, kid):
            return [] if generation <= ring.newest else [SigningKeyRotated(generation=generation, kid=kid)]
        case Revoke(generation, kid, successor):
            revoked = [] if generation in ring.revoked else [SigningKeyRevoked(generation=generation, kid=kid)]
            return [*(decide(ring, successor) if generation == ring.newest else []), *revoked]


def evolve(ring: KeyRing, event: Event) -> KeyRing:
    """Fold one event into the state."""
    match event:
        case SigningKeyRotated(generation=generation):
            return replace(ring, newest=generation)
        case SigningKeyRevoked(generation=generation):
            return replace(ring, revoked=ring.revoked | {generation})
        case _:
            return ring


KEY_RING: Decider[KeyRing, KeyRingCommand] = Decider(KeyRing(), decide, evolve)
