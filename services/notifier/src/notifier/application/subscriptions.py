"""Subscriptions: dispatches the events of the jobs topic to the feeds of jobs that have subscribers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.envelope import MalformedEnvelope
from california_gold_contracts.topics import JOBS
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from chassis.runtime.service import Measurement
from notifier.application.connection_limiter import ConnectionLimiter
from notifier.application.job_feed import JobFeed
from notifier.application.subscriber import Subscriber
from notifier.application.waiting_sockets import WaitingSockets

UNKNOWN_JOB_SECONDS = 60.0
"""A page that opens its socket first and uploads then has so long."""
_log = structlog.get_logger()


@dataclass
class Subscriptions:
    """The feeds of this process. Each replica reads the whole topic, without a group: it has its own sockets.

    A socket of a job that does not exist is ended after `unknown_job_seconds`, and earlier when another one needs its
    place (ADR 48).
    """

    infrastructure: Infrastructure
    limiter: ConnectionLimiter
    waiting: WaitingSockets
    unknown_job_seconds: float = UNKNOWN_JOB_SECONDS
    _feeds: dict[str, JobFeed] = field(default_factory=dict[str, JobFeed])
    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def connect(self, job_id: str, subscriber: Subscriber, after: int | None) -> None:
        """Deliver a job's messages to a subscriber until cancelled; of an unknown job, as long as it may wait."""
        feed = self._feed(job_id)
        feed.subscriber_count += 1
        try:
            await feed.subscribe(subscriber, after)
            if not subscriber.job_found.is_set() and not await self._came_to_be(subscriber):
                subscriber.finish()
            await asyncio.Event().wait()
        finally:
            feed.subscriber_count -= 1
            feed.subscribers.discard(subscriber)
            self._close_when_unused(feed)

    async def _came_to_be(self, subscriber: Subscriber) -> bool:
        """Wait for the subscriber's job. False: it did not come in time, or another socket has the slot now."""
        with self.waiting.added(subscriber):
            await self.limiter.wait(subscriber.slot, subscriber.finish)
            try:
                async with asyncio.timeout(self.unknown_job_seconds):
                    await subscriber.job_found.wait()
            except TimeoutError:
                return False
        return await self.limiter.keep(subscriber.slot)

    async def run(self) -> None:
        """Follow the topic until cancelled. After an interruption, feeds read missed events from the event store."""
        async for batch in self.infrastructure.bus.follow([JOBS.name], from_start=False):
            self._dispatch(batch)

    async def measure(self) -> Sequence[Measurement]:
        """Measure the sockets of this process that follow a job."""
        return [Measurement("sockets_open", sum(feed.subscriber_count for feed in self._feeds.values()))]

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
        feed.receive(message.envelope())
    except MalformedEnvelope:
        _log.warning("foreign_message_skipped", topic=message.topic, offset=message.offset)
