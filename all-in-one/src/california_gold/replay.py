"""`california-gold replay`: a range of the log published again, for a downstream system that asks for it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from california_gold.audit_work import Audit
from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.exit_codes import exit_on_error
from california_gold.progress import Progressing
from california_gold_contracts.envelope import Envelope
from chassis.audit.point_in_time import PointInTime, point_in_time
from chassis.commands.recording import envelope_of
from chassis.messaging.relay import Publish, as_stored
from chassis.ports.event_store import START
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.projections.rebuilding import Progress
from identity.entrypoints.events import publish as without_personal_data

PUBLIC: Mapping[str, Publish] = {"job": as_stored, "file": as_stored, "user": without_personal_data}
"""What of the log others may have, by category of streams; everything else stays private."""

_OURS = "california-gold"
_REPLAYED = ("ce_replayed", b"true")


@dataclass(frozen=True)
class Range:
    """A part of the log, both ends included; None is where the log begins or ends now."""

    first: PointInTime | None = None
    last: PointInTime | None = None

    def begins_after(self, event: Envelope) -> bool:
        """Whether an event comes before the range."""
        if self.first is None:
            return False
        return event.position < self.first if isinstance(self.first, int) else event.time < self.first

    def ends_before(self, event: Envelope) -> bool:
        """Whether an event comes after the range."""
        if self.last is None:
            return False
        return event.position > self.last if isinstance(self.last, int) else event.time > self.last


@dataclass
class Replay:
    """Publishes a part of the log to one topic, in the order of the log; each message is marked `ce_replayed`."""

    infrastructure: Infrastructure
    topic: str
    wanted: Range
    categories: Sequence[str]
    published: int = 0
    position: int = START

    async def run(self, progressing: Progressing) -> None:
        """Publish all of it. What was interrupted goes on after `position`."""
        # From the beginning: not every store can begin at a number that is no event's position.
        async for page in self.infrastructure.events.read_all(START, self.categories):
            envelopes = [envelope_of(event) for event in page]
            within = [
                one for one in envelopes if not self.wanted.begins_after(one) and not self.wanted.ends_before(one)
            ]
            await self._publish(within)
            if isinstance(self.wanted.last, int) and page[-1].position >= self.wanted.last:
                return
            progressing.report(Progress("replay", self.published, page[-1].position))

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        public = [shown for one in envelopes if (shown := PUBLIC[one.stream.partition("-")[0]](one))]
        messages = [Message(self.topic, one.subject, one.data, (*one.headers(), _REPLAYED)) for one in public]
        if messages:
            await self.infrastructure.bus.publish(messages)
            self.published, self.position = self.published + len(messages), public[-1].position


def replay(
    to_topic: Annotated[
        str, typer.Option(help="The topic of whoever asked, which is there already; never one of ours.")
    ],
    first: Annotated[
        str | None, typer.Option("--from", help="The first position or time; the beginning by default.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="The last position or time; the present end by default.")
    ] = None,
    of: Annotated[str, typer.Option(help="Kinds of events, separated by commas.")] = ",".join(PUBLIC),
) -> None:
    """Publish a range of the log again, marked as replayed, to a topic of its own."""
    categories = [name.strip() for name in of.split(",")]
    unknown = [name for name in categories if name not in PUBLIC]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(PUBLIC)}")
    if to_topic.lower().startswith(_OURS):
        raise typer.BadParameter(f"{to_topic} is a topic of ours: what is replayed there would happen twice")
    with exit_on_error():
        begin, stop = (point_in_time(text) if text else None for text in (first, last))
    asyncio.run(_replay(to_topic, Range(begin, stop), categories))


async def _replay(topic: str, wanted: Range, categories: Sequence[str]) -> None:
    async with command_infrastructure(command_settings()) as infrastructure:
        await Audit(infrastructure).note("replay", topic)
        replaying = Replay(infrastructure, topic, wanted, categories)
        try:
            await replaying.run(Progressing())
        finally:
            place = f"up to position {replaying.position}" if replaying.published else "none"
            typer.echo(f"{replaying.published:,} events published to {topic}, {place}")
