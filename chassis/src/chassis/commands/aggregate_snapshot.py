"""Aggregate snapshot: all that handling the next command needs to know of a stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from chassis.commands.decider import State
from chassis.commands.recording import command_id_of, stored_event
from chassis.ports.event_store import NewEvent, StoredEvent, revision_of


@dataclass(frozen=True)
class AggregateSnapshot(Generic[State]):
    """The folded state, the last event, the ids of all handled commands, and the size of all events in bytes."""

    state: State
    last: StoredEvent | None = None
    command_ids: frozenset[str] = frozenset()
    size: int = 0

    def after(self, recorded: Sequence[NewEvent], stream: str, state: State) -> "AggregateSnapshot[State]":
        """Return the snapshot after the events of one more command."""
        stored = [stored_event(event, stream, self.revision + number) for number, event in enumerate(recorded, start=1)]
        size = self.size + sum(len(event.data) for event in recorded)
        return AggregateSnapshot(state, stored[-1], self.command_ids | {command_id_of(stored[-1])}, size)

    @property
    def revision(self) -> int:
        """The revision of the last event."""
        return revision_of(self.last)


def snapshot_of(history: Sequence[StoredEvent], state: State) -> AggregateSnapshot[State]:
    """Return the snapshot of a whole stream, which folds to `state`."""
    size = sum(len(event.data) for event in history)
    return AggregateSnapshot(state, history[-1] if history else None, frozenset(map(command_id_of, history)), size)
