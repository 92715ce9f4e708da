"""Brings the events of jobs to the channels that somebody listens on; the others cost nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.envelope import MalformedEnvelope, from_message
from california_gold_contracts.topics import JOBS
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from notifier.application.channel import Channel
from notifier.application.listener import Listener

_UNKNOWN_SECONDS = 600.0
_log = structlog.get_logger()


@dataclass
class Switchboard:
    """The channels of this process. It follows the topic itself, without a group: each replica has its own sockets."""

    infrastructure: Infrastructure
    _channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    _running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def connect(self, job_id: str, listener: Listener, after: int | None) -> None:
        """Let a listener hear of a job until cancelled. Of one that nobody knows it hears for a while, then the end."""
        channel = self._channel(job_id)
        channel.expected += 1
        try:
            await channel.join(listener, after)
            await asyncio.sleep(_UNKNOWN_SECONDS)
            if listener.knows_job:
                await asyncio.Event().wait()
            listener.finish()
            await asyncio.Event().wait()
        finally:
            channel.expected -= 1
            channel.listeners.discard(listener)
            self._close_when_empty(channel)

    async def run(self) -> None:
        """Follow the topic for ever; begun again after an interruption, the channels look for what they missed."""
        async for batch in self.infrastructure.bus.follow([JOBS.name], from_start=False):
            self._bring(batch)

    def _bring(self, batch: Sequence[ReceivedMessage]) -> None:
        if not batch:
            for channel in self._channels.values():
                channel.hear(None)
        for received in batch:
            channel = self._channels.get(received.key)
            if channel is not None:
                _hear(channel, received)

    def _channel(self, job_id: str) -> Channel:
        if job_id not in self._channels:
            channel = Channel(job_id, self.infrastructure)
            self._channels[job_id] = channel
            self._running[job_id] = asyncio.create_task(channel.run(), name=f"channel:{job_id}")
        return self._channels[job_id]

    def _close_when_empty(self, channel: Channel) -> None:
        if channel.expected == 0:
            self._channels.pop(channel.job_id)
            self._running.pop(channel.job_id).cancel()


def _hear(channel: Channel, received: ReceivedMessage) -> None:
    try:
        channel.hear(from_message(received.headers, received.value))
    except MalformedEnvelope:
        _log.warning("foreign_message_skipped", topic=received.topic, offset=received.offset)
