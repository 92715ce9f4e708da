"""Who wants a change, and because of what."""

from dataclasses import dataclass
from uuid import UUID, uuid5

COMMANDS = UUID("6f1f3a4e-6d0b-5b0e-9a43-0c8b1c1f7a10")
"""Namespace of the command ids that are derived from something that a client or a topic repeats."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What every event of a command records beside its data.

    `command_id` is the same when the same command comes again (a client's Idempotency-Key, a redelivered
    event), so that it changes nothing the second time; `first_time` says that it can't have come before, because its id
    was made for it. `actor` is `user:<id>` or `service:<name>`; `causation_id` is
    the event that led to the command, or empty.
    """

    command_id: UUID
    actor: str
    correlation_id: str
    causation_id: str = ""
    traceparent: str = ""
    first_time: bool = False


def command_id(*parts: object) -> UUID:
    """Return the id that stands for a repeated command, from what identifies it."""
    return uuid5(COMMANDS, "\x1f".join(str(part) for part in parts))
