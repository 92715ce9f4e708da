"""What happened to an aggregate so far, as far as deciding on it needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from chassis.commands.decider import State
from chassis.commands.recording import appended, command_of
from chassis.ports.event_store import NewEvent, StoredEvent, revision_of


@dataclass(frozen=True)
class AggregateSnapshot(Generic[State]):
    """The state after `last`, the ids of the commands that led to it, and how many bytes all its events have."""

    state: State
    last: StoredEvent | None = None
    commands: frozenset[str] = frozenset()
    size: int = 0

    def followed_by(self, recorded: Sequence[NewEvent], stream: str, state: State) -> "AggregateSnapshot[State]":
        """Return the snapshot after some more events of one command."""
        stored = [appended(event, stream, self.revision + number) for number, event in enumerate(recorded, start=1)]
        size = self.size + sum(len(event.data) for event in recorded)
        return AggregateSnapshot(state, stored[-1], self.commands | {command_of(stored[-1])}, size)

    @property
    def revision(self) -> int:
        """The revision of the last event."""
        return revision_of(self.last)


def snapshot_of(history: Sequence[StoredEvent], state: State) -> AggregateSnapshot[State]:
    """Return the snapshot that a whole stream tells, and the state that it leads to."""
    size = sum(len(event.data) for event in history)
    return AggregateSnapshot(state, history[-1] if history else None, frozenset(map(command_of, history)), size)
