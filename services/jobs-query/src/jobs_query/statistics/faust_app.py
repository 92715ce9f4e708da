"""The live statistics as a Faust application. Only its consumer's module imports Faust too; importing has no effect."""

# Faust's types leave much unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedFunctionDecorator=false

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

import faust
from faust.types import ChannelT, EventT, Message, StreamT
from mode.utils.queues import ThrowableQueue

from california_gold_contracts import topics
from chassis.composition.distributed import kafka_connection
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.message_bus import ReceivedMessage
from jobs_query.statistics.consumer import GROUP
from jobs_query.statistics.faust_consumer import BoundedConsumer, BoundedTransport

Handle = Callable[[Sequence[ReceivedMessage]], Awaitable[None]]
_SESSION_SECONDS, _HEARTBEAT_SECONDS = 6.0, 1.0
"""A process that dies leaves the group after the session timeout; Faust's default is a minute."""

_REBALANCE_SECONDS, _REQUEST_SECONDS = 6.0, 9.0
"""A request over a silent connection times out after the second; Faust's default is a minute and a half."""

_FINISH_SECONDS = 5.0
"""How long a stop waits for the events in progress and their commit. The supervisor cuts it off after ten seconds."""

_MIN_INTERVAL_SECONDS = 1.0
"""Minimum time between two batches: statistics may be this old."""

_METADATA_MAX_AGE_MS = 5_000
"""How soon a topic is found that the broker did not know when the group was formed."""


class StatisticsApp(faust.App):
    """The application; it can be started, awaited and stopped on the event loop on which it is created."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.giving_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when a stop no longer waits for the events in progress (`GivesUp`)."""

    async def on_first_start(self) -> None:
        """Create no folders: there are no tables, and the file system may be read-only."""

    async def stop(self) -> None:
        """Finish the events in progress, commit and leave the group; give up what takes too long."""
        timer = asyncio.get_running_loop().call_later(_FINISH_SECONDS, self._give_up)
        try:
            await super().stop()
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        if not self.giving_up.done():
            self.giving_up.set_result(None)

    def _new_transport(self) -> BoundedTransport:
        return BoundedTransport(self.conf.broker_consumer, self)

    def FlowControlQueue(self, *args: Any, **kwargs: Any) -> "_Buffer":  # noqa: N802  (Faust's name)
        """Return a queue whose waiting events can be read."""
        return _Buffer(*args, **{"flow_control": self.flow_control, **kwargs})


class _Buffer(ThrowableQueue[EventT[bytes]]):
    """Events that were fetched for the agent; `waiting` is the queue itself, to be read only."""

    def _init(self, maxsize: int) -> None:
        self._queue = self.waiting = deque[EventT[bytes]]()


def statistics_app(settings: DistributedSettings, handle: Handle, max_batch: int) -> StatisticsApp:
    """Return the application: it handles messages in batches of at most `max_batch`, and commits handled ones.

    It has no tables, so neither changelogs nor a leader: no topic but the one that it reads. `handle` must not raise,
    because Faust commits the message all the same. Requires a running event loop.
    """
    for name in ("faust", "mode", __name__, BoundedConsumer.__module__):
        logging.getLogger(name).setLevel(logging.WARNING)
    arguments = kafka_connection(settings).client_arguments()
    app = StatisticsApp(
        GROUP,
        broker=[f"kafka://{server}" for server in arguments.get("bootstrap_servers", ())],
        broker_credentials=_credentials(arguments),
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=_REBALANCE_SECONDS,
        broker_request_timeout=_REQUEST_SECONDS,
        consumer_metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        loop=asyncio.get_running_loop(),
    )
    topic = app.topic(topics.JOBS.name, key_serializer="raw", value_serializer="raw")

    async def count(stream: StreamT[bytes]) -> None:
        # Faust's own batches (`take`) commit messages before they are handled. Here a message is acknowledged after it
        # was handled; the other messages of its batch are acknowledged when the stream reaches them.
        buffer = cast("_Buffer", cast("ChannelT[bytes]", stream.channel).queue)
        handled: set[tuple[int, int]] = set()
        async for event in cast("AsyncIterator[EventT[bytes]]", stream.events()):
            if _offset(event) not in handled:
                next_at = app.loop.time() + _MIN_INTERVAL_SECONDS
                batch = [event, *islice(buffer.waiting, max_batch - 1)]
                await handle([_received(each.message) for each in batch])
                handled = {_offset(each) for each in batch}
                # After the work, not before: Faust commits an event that is cancelled while it sleeps.
                await asyncio.sleep(max(0.0, next_at - app.loop.time()))

    app.agent(topic, name="count", concurrency=1)(count)
    return app


def _offset(event: EventT[bytes]) -> tuple[int, int]:
    return event.message.partition, event.message.offset


def _credentials(arguments: Mapping[str, Any]) -> faust.SASLCredentials | faust.SSLCredentials | None:
    context: ssl.SSLContext | None = arguments.get("ssl_context")
    if "sasl_mechanism" not in arguments:
        return faust.SSLCredentials(context) if context else None
    return faust.SASLCredentials(
        username=arguments["sasl_plain_username"],
        password=arguments["sasl_plain_password"],
        mechanism=arguments["sasl_mechanism"],
        ssl_context=context,
    )


def _received(message: Message) -> ReceivedMessage:
    headers = cast("list[tuple[str, bytes]]", list(message.headers or ()))
    key = (message.key or b"").decode(errors="replace")
    return ReceivedMessage(message.topic, key, message.value or b"", tuple(headers), message.partition, message.offset)
