"""Events appended as a command of a user would append them, without the command."""

from uuid import uuid4

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.ports.event_store import revision_of
from chassis.ports.infrastructure import Infrastructure


async def append(infrastructure: Infrastructure, stream: str, event: Event) -> None:
    """Append an event to the end of a stream."""
    last = await infrastructure.events.last(stream)
    context = CommandContext(uuid4(), "user:7", "c")
    recorded = Recorder("/tests", infrastructure.clock.now()).record([event], context, stream, last)
    await infrastructure.events.append(stream, recorded, revision_of(last))
