"""Brings the events of jobs to the feeds that somebody listens on; the others cost nothing."""

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

_UNKNOWN_SECONDS = 600.0
_log = structlog.get_logger()


@dataclass
class Subscriptions:
    """The feeds of this process. It follows the topic itself, without a group: each replica has its own sockets."""

    infrastructure: Infrastructure
    _feeds: dict[str, JobFeed] = field(default_factory=dict[str, JobFeed])
    _running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def connect(self, job_id: str, subscriber: Subscriber, after: int | None) -> None:
        """Deliver a job's messages to a subscriber until cancelled; an unknown job ends it after a while."""
        feed = self._feed(job_id)
        feed.expected += 1
        try:
            await feed.join(subscriber, after)
            await asyncio.sleep(_UNKNOWN_SECONDS)
            if subscriber.knows_job:
                await asyncio.Event().wait()
            subscriber.finish()
            await asyncio.Event().wait()
        finally:
            feed.expected -= 1
            feed.subscribers.discard(subscriber)
            self._close_when_empty(feed)

    async def run(self) -> None:
        """Follow the topic for ever; begun again after an interruption, the feeds look for what they missed."""
        async for batch in self.infrastructure.bus.follow([JOBS.name], from_start=False):
            self._bring(batch)

    def _bring(self, batch: Sequence[ReceivedMessage]) -> None:
        if not batch:
            for feed in self._feeds.values():
                feed.hear(None)
        for received in batch:
            feed = self._feeds.get(received.key)
            if feed is not None:
                _hear(feed, received)

    def _feed(self, job_id: str) -> JobFeed:
        if job_id not in self._feeds:
            feed = JobFeed(job_id, self.infrastructure)
            self._feeds[job_id] = feed
            self._running[job_id] = asyncio.create_task(feed.run(), name=f"feed:{job_id}")
        return self._feeds[job_id]

    def _close_when_empty(self, feed: JobFeed) -> None:
        if feed.expected == 0:
            self._feeds.pop(feed.job_id)
            self._running.pop(feed.job_id).cancel()


def _hear(feed: JobFeed, received: ReceivedMessage) -> None:
    try:
        feed.hear(from_message(received.headers, received.value))
    except MalformedEnvelope:
        _log.warning("foreign_message_skipped", topic=received.topic, offset=received.offset)
