"""Given events, when a command, then events: how a decider is tested."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pytest

from california_gold_contracts.event import Event
from chassis.commands.decider import Command, Decider, State

Problem = TypeVar("Problem", bound=Exception)


@dataclass(frozen=True)
class Scenario(Generic[State, Command]):
    """What happened so far, in the eyes of a decider."""

    decider: Decider[State, Command]
    history: Sequence[Event] = field(default_factory=tuple[Event, ...])

    def given(self, *events: Event) -> "Scenario[State, Command]":
        """Add to the history."""
        return Scenario(self.decider, [*self.history, *events])

    def when(self, command: Command) -> "Asked[State, Command]":
        """Ask for something."""
        return Asked(self, command)

    @property
    def state(self) -> State:
        """Where the history leads."""
        return self.decider.fold(self.history)


@dataclass(frozen=True)
class Asked(Generic[State, Command]):
    """A scenario and the command that is put to it."""

    scenario: Scenario[State, Command]
    command: Command

    def then(self, *events: Event) -> Scenario[State, Command]:
        """Expect exactly these events; return the scenario after them."""
        decided = self.scenario.decider.decide(self.scenario.state, self.command)
        assert list(decided) == list(events)
        return self.scenario.given(*decided)

    def then_nothing(self) -> None:
        """Expect that nothing needs to change."""
        self.then()

    def then_refused(self, problem: type[Problem]) -> Problem:
        """Expect a domain error; return it."""
        with pytest.raises(problem) as caught:
            self.scenario.decider.decide(self.scenario.state, self.command)
        return caught.value
