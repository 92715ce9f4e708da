"""Given-when-then tests of a decider: given events, when a command, then events or an error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pytest

from california_gold_contracts.event import Event
from chassis.commands.decider import Command, Decider, State

Problem = TypeVar("Problem", bound=Exception)


@dataclass(frozen=True)
class Scenario(Generic[State, Command]):
    """A decider and the history of events that it starts from."""

    decider: Decider[State, Command]
    history: Sequence[Event] = field(default_factory=tuple[Event, ...])

    def given(self, *events: Event) -> "Scenario[State, Command]":
        """Append events to the history."""
        return Scenario(self.decider, [*self.history, *events])

    def when(self, command: Command) -> "Decision[State, Command]":
        """Decide a command."""
        return Decision(self, command)

    @property
    def state(self) -> State:
        """The state after the history."""
        return self.decider.fold(self.history)


@dataclass(frozen=True)
class Decision(Generic[State, Command]):
    """The decision of a command in a scenario, to be checked by one of the `then` methods."""

    scenario: Scenario[State, Command]
    command: Command

    def then(self, *events: Event) -> Scenario[State, Command]:
        """Expect exactly these events; return the scenario that includes them."""
        decided = self.scenario.decider.decide(self.scenario.state, self.command)
        assert list(decided) == list(events)
        return self.scenario.given(*decided)

    def then_nothing(self) -> None:
        """Expect no events."""
        self.then()

    def then_refused(self, problem: type[Problem]) -> Problem:
        """Expect a domain error; return it."""
        with pytest.raises(problem) as caught:
            self.scenario.decider.decide(self.scenario.state, self.command)
        return caught.value
