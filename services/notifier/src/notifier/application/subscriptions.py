"""Subscriptions: dispatches the events of the jobs topic to the feeds of jobs that have subscribers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.envelope import MalformedEnvelope, from_message
from california_gold_contracts.topics import JOBS
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from notifier.application.job_feed import JobFeed
from notifier.application.subscriber import Subscriber

_UNKNOWN_JOB_SECONDS = 600.0
_log = structlog.get_logger()


@dataclass
class Subscriptions:
    """The feeds of this process. Each replica reads the whole topic, without a group: it has its own sockets."""

    infrastructure: Infrastructure
    _feeds: dict[str, JobFeed] = field(default_factory=dict[str, JobFeed])
    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def connect(self, job_id: str, subscriber: Subscriber, after: int | None) -> None:
        """Deliver a job's messages to a subscriber until cancelled; for an unknown job, end them after ten minutes."""
        feed = self._feed(job_id)
        feed.subscriber_count += 1
        try:
            await feed.subscribe(subscriber, after)
            await asyncio.sleep(_UNKNOWN_JOB_SECONDS)
            if subscriber.has_received_state:
                await asyncio.Event().wait()
            subscriber.finish()
            await asyncio.Event().wait()
        finally:
            feed.subscriber_count -= 1
            feed.subscribers.discard(subscriber)
            self._close_when_unused(feed)

    async def run(self) -> None:
        """Follow the topic until cancelled. After an interruption, feeds read missed events from the event store."""
        async for batch in self.infrastructure.bus.follow([JOBS.name], from_start=False):
            self._dispatch(batch)

    def _dispatch(self, batch: Sequence[ReceivedMessage]) -> None:
        if not batch:
            for feed in self._feeds.values():
                feed.receive(None)
        for message in batch:
            feed = self._feeds.get(message.key)
            if feed is not None:
                _deliver(feed, message)

    def _feed(self, job_id: str) -> JobFeed:
        if job_id not in self._feeds:
            feed = JobFeed(job_id, self.infrastructure)
            self._feeds[job_id] = feed
            self._tasks[job_id] = asyncio.create_task(feed.run(), name=f"feed:{job_id}")
        return self._feeds[job_id]

    def _close_when_unused(self, feed: JobFeed) -> None:
        if feed.subscriber_count == 0:
            self._feeds.pop(feed.job_id)
            self._tasks.pop(feed.job_id).cancel()


def _deliver(feed: JobFeed, message: ReceivedMessage) -> None:
    try:
        feed.receive(from_message(message.headers, message.value))
    except MalformedEnvelope:
        _log.warning("foreign_message_skipped", topic=message.topic, offset=message.offset)
