"""Command context: idempotency key, actor, correlation, causation and trace of a command."""

import os
from dataclasses import dataclass
from uuid import UUID, uuid5

from california_gold_contracts.envelope import Envelope

COMMANDS = UUID("6f1f3a4e-6d0b-5b0e-9a43-0c8b1c1f7a10")
"""Namespace (RFC 9562, version 5) of command ids that derive from a repeatable request or event."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Metadata of a command, recorded with each of its events.

    `command_id` is the idempotency key: a repeated command (the client's Idempotency-Key, a redelivered event) has the
    same one and changes nothing. `first_time`: the id is new, so the command cannot be a repetition. `actor` is
    `user:<id>` or `service:<name>`. `causation_id` is the id of the event that caused the command, or empty.
    """

    command_id: UUID
    actor: str
    correlation_id: str
    causation_id: str = ""
    traceparent: str = ""
    first_time: bool = False


def command_id(*parts: object) -> UUID:
    """Return the deterministic id of a repeatable command, derived from what identifies it."""
    return uuid5(COMMANDS, "\x1f".join(str(part) for part in parts))


def command_line_actor() -> str:
    """Return the actor of a command that an operator issues: the user id of the operating system."""
    return f"service:command-line/uid-{os.getuid()}"


def caused_by(cause: Envelope, service: str, repeatable_id: UUID) -> CommandContext:
    """Return the context of a command that a service issues in reaction to an event.

    The actor is the actor of the event, so that the audit names one actor for everything that follows from a request;
    `service:<name>` when the event has none. `repeatable_id` derives from the event: a redelivery repeats the command.
    """
    return CommandContext(
        command_id=repeatable_id,
        actor=cause.actor or f"service:{service}",
        correlation_id=cause.correlation_id,
        causation_id=str(cause.id),
        traceparent=cause.traceparent,
    )
