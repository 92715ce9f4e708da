"""The file aggregate: one stream per file location, with the events stored, replaced (stored again) and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from california_gold_contracts.event import Event
from california_gold_contracts.files import FileDeleted, FileStored
from chassis.commands.decider import Decider
from storage.domain.errors import FileNotFound

File = FileStored | None
"""The state: the last `FileStored`; None when no file is at the location."""


@dataclass(frozen=True)
class Store:
    """Command: store a file, whose bytes are in the object store, and replace the one at its location."""

    file: FileStored


@dataclass(frozen=True)
class Delete:
    """Command: delete the file. With `object_key`, only if the file's bytes are still that object."""

    file_id: UUID
    owner_id: int
    object_key: str | None = None


FileCommand = Store | Delete


def decide(file: File, command: FileCommand) -> Sequence[Event]:
    """Return the events of a command. Raises `FileNotFound`."""
    match command:
        case Store(new_file):
            return [] if new_file == file else [new_file]
        case Delete(file_id, owner_id, object_key):
            if file is None:
                raise FileNotFound
            if object_key not in {None, file.object_key}:
                return []
            return [FileDeleted(file_id=file_id, owner_id=owner_id)]


def evolve(file: File, event: Event) -> File:
    """Fold one event into the state."""
    match event:
        case FileStored():
            return event
        case FileDeleted():
            return None
        case _:
            return file


def owner_of(file: File) -> int:
    """Return the id of the owner of a file that is stored."""
    if file is None:
        raise FileNotFound
    return file.owner_id


FILE: Decider[File, FileCommand] = Decider(None, decide, evolve)
