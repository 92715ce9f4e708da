"""Replay: a range of the log is published again, for a downstream system that needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from california_gold.audit.auditor import Auditor
from california_gold.command_infrastructure import run_on_infrastructure
from california_gold.exit_codes import exit_on_error, interruptible
from california_gold.operations.progress import Progress
from california_gold_contracts.envelope import Envelope
from chassis.audit.point_in_time import PointInTime, point_in_time
from chassis.commands.recording import envelope_of
from chassis.messaging.relay import Publish, as_stored
from chassis.ports.event_store import START
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.projections.rebuilding import RebuildProgress
from identity.entrypoints.events import publish_user as without_personal_data

PUBLIC: Mapping[str, Publish] = {"job": as_stored, "file": as_stored, "user": without_personal_data}
"""How events become public, by category of streams; events of other categories are private."""

_OWN_TOPICS = "california-gold"
_REPLAYED = ("ce_replayed", b"true")


@dataclass(frozen=True)
class LogRange:
    """A range of the log, both ends included; None is the start or the current end of the log."""

    first: PointInTime | None = None
    last: PointInTime | None = None

    def starts_after(self, event: Envelope) -> bool:
        """Return whether an event comes before the range."""
        if self.first is None:
            return False
        return event.position < self.first if isinstance(self.first, int) else event.time < self.first

    def ends_before(self, event: Envelope) -> bool:
        """Return whether an event comes after the range."""
        if self.last is None:
            return False
        return event.position > self.last if isinstance(self.last, int) else event.time > self.last

    def includes(self, event: Envelope) -> bool:
        """Return whether an event is in the range."""
        return not self.starts_after(event) and not self.ends_before(event)


@dataclass
class Replay:
    """Publishes a range of the log to one topic, in log order; each message has the header `ce_replayed`."""

    infrastructure: Infrastructure
    topic: str
    log_range: LogRange
    categories: Sequence[str]
    published: int = 0
    position: int = START

    async def run(self, progress: Progress) -> None:
        """Publish the range. An interrupted replay can be continued after `position`."""
        # From the start of the log: not every store can start at a number that is no event's position.
        async for page in self.infrastructure.events.read_all(START, self.categories):
            envelopes = [envelope_of(event) for event in page]
            await self._publish([envelope for envelope in envelopes if self.log_range.includes(envelope)])
            if isinstance(self.log_range.last, int) and page[-1].position >= self.log_range.last:
                return
            end = self.log_range.last if isinstance(self.log_range.last, int) else None
            progress.report_rebuild(RebuildProgress("replay", self.published, page[-1].position, end))
        progress.clear()

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        public = [
            published for envelope in envelopes if (published := PUBLIC[envelope.stream.partition("-")[0]](envelope))
        ]
        messages = [
            Message(self.topic, envelope.subject, envelope.data, (*envelope.headers(), _REPLAYED))
            for envelope in public
        ]
        if messages:
            await self.infrastructure.bus.publish(messages)
            self.published, self.position = self.published + len(messages), public[-1].position


def replay(to_topic: str, first: str | None, last: str | None, categories: str | None) -> None:
    """Check the arguments and replay; the access is recorded in the audit."""
    names = list(PUBLIC) if categories is None else [name.strip() for name in categories.split(",")]
    unknown = [name for name in names if name not in PUBLIC]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(PUBLIC)}")
    if to_topic.lower().startswith(_OWN_TOPICS):
        raise typer.BadParameter(f"{to_topic} is a topic of ours: our consumers would handle the events twice")
    with exit_on_error():
        start, stop = (point_in_time(text) if text else None for text in (first, last))

    async def work(infrastructure: Infrastructure) -> None:
        await _replay(Replay(infrastructure, to_topic, LogRange(start, stop), names))

    with interruptible("it goes on with --from and the position after the last published one"):
        run_on_infrastructure(work)


async def _replay(replaying: Replay) -> None:
    await Auditor(replaying.infrastructure).record_access("replay", replaying.topic)
    try:
        await replaying.run(Progress())
    finally:
        reached = f"up to position {replaying.position}" if replaying.published else "none"
        typer.echo(f"{replaying.published:,} events published to {replaying.topic}, {reached}")
