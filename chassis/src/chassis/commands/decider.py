"""Decider: the behaviour of an aggregate as pure functions (Chassaing, "Functional Event Sourcing Decider")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from california_gold_contracts.event import Event

State = TypeVar("State")
Command = TypeVar("Command")


@dataclass(frozen=True)
class Decider(Generic[State, Command]):
    """`decide` turns a command into events or raises a domain error; no events means that nothing changes.

    `evolve` applies one event to the state. It never fails, because the event has already happened.
    """

    initial: State
    decide: Callable[[State, Command], Sequence[Event]]
    evolve: Callable[[State, Event], State]

    def fold(self, events: Sequence[Event]) -> State:
        """Return the state after a history of events."""
        return reduce(self.evolve, events, self.initial)
