"""One place for a file: stored, replaced, deleted, and stored again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from california_gold_contracts.event import Event
from california_gold_contracts.files import FileDeleted, FileStored
from chassis.commands.decider import Decider
from storage.domain.errors import FileNotFound

File = FileStored | None
"""What is at the place; None: nothing."""


@dataclass(frozen=True)
class Store:
    """Put a file whose bytes are in the object store at the place, instead of whatever is there."""

    file: FileStored


@dataclass(frozen=True)
class Delete:
    """Remove the file. With `object_key`, only if it is still that one."""

    file_id: UUID
    owner_id: int
    object_key: str | None = None


FileCommand = Store | Delete


def decide(present: File, command: FileCommand) -> Sequence[Event]:
    """Return what a command leads to. Raises `FileNotFound`."""
    match command:
        case Store(file):
            return [] if file == present else [file]
        case Delete(file_id, owner_id, object_key):
            if present is None:
                raise FileNotFound
            if object_key not in {None, present.object_key}:
                return []
            return [FileDeleted(file_id=file_id, owner_id=owner_id)]


def evolve(present: File, event: Event) -> File:
    """Fold one event."""
    match event:
        case FileStored():
            return event
        case FileDeleted():
            return None
        case _:
            return present


FILE: Decider[File, FileCommand] = Decider(None, decide, evolve)
