"""A decider: the whole behaviour of an aggregate as pure functions (Chassaing, "Functional Event Sourcing Decider")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from california_gold_contracts.event import Event

State = TypeVar("State")
Command = TypeVar("Command")


@dataclass(frozen=True)
class Decider(Generic[State, Command]):
    """`decide` turns a command into events, or raises a domain error; no events means that nothing needs to change.

    `evolve` folds one event into the state; it never fails, because what happened has happened.
    """

    initial: State
    decide: Callable[[State, Command], Sequence[Event]]
    evolve: Callable[[State, Event], State]

    def fold(self, events: Sequence[Event]) -> State:
        """Return the state that a history leads to."""
        return reduce(self.evolve, events, self.initial)
