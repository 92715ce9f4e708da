"""The live statistics as a Faust application. Nothing else imports Faust, and nothing happens at import."""

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

Handle = Callable[[Sequence[ReceivedMessage]], Awaitable[None]]
_SESSION_SECONDS, _HEARTBEAT_SECONDS = 6.0, 1.0
"""A process that dies is missed after the first; Faust would wait a minute."""

_REJOIN_SECONDS, _REQUEST_SECONDS = 6.0, 9.0
"""A request over a connection that went silent is given up after the second; Faust would wait a minute and a half."""

_APART_SECONDS = 1.0
"""What comes meanwhile is counted together: statistics may be so old."""

_TOPIC_LOOKED_FOR_MS = 5_000
"""A topic that a broker did not know of when the group was formed (it had just started, say) is missed until then."""


class StatisticsApp(faust.App):
    """The application; it can be started, waited for and stopped on any event loop."""

    async def on_first_start(self) -> None:
        """Make no folders: there are no tables, and the place may be read-only."""

    def FlowControlQueue(self, *args: Any, **kwargs: Any) -> "_Buffer":  # noqa: N802  (Faust's name)
        """Return a queue that shows what waits in it."""
        return _Buffer(*args, **{"flow_control": self.flow_control, **kwargs})


class _Buffer(ThrowableQueue[EventT[bytes]]):
    """What was fetched for the agent; `waiting` is the queue itself, to be looked at only."""

    def _init(self, maxsize: int) -> None:
        self._queue = self.waiting = deque[EventT[bytes]]()


def statistics_app(settings: DistributedSettings, handle: Handle, at_once: int) -> StatisticsApp:
    """Return the application: it hands over a message with those that wait behind it, and commits what was handled.

    It has no tables, so neither changelogs nor a leader: no topic but the one that it reads. `handle` must not raise,
    for Faust would take that for handled. To be called where the event loop runs.
    """
    for name in ("faust", "mode", __name__):
        logging.getLogger(name).setLevel(logging.WARNING)
    arguments = kafka_connection(settings).client_arguments()
    app = StatisticsApp(
        GROUP,
        broker=[f"kafka://{server}" for server in arguments.get("bootstrap_servers", ())],
        broker_credentials=_credentials(arguments),
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=_REJOIN_SECONDS,
        broker_request_timeout=_REQUEST_SECONDS,
        consumer_metadata_max_age_ms=_TOPIC_LOOKED_FOR_MS,
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        loop=asyncio.get_running_loop(),
    )
    topic = app.topic(topics.JOBS.name, key_serializer="raw", value_serializer="raw")

    async def count(stream: StreamT[bytes]) -> None:
        # Faust's own batches (`take`) commit what is not handled yet. Here a message is handled before it is let go;
        # those that were handled together with it are let go when they come by.
        buffer = cast("_Buffer", cast("ChannelT[bytes]", stream.channel).queue)
        handled: set[tuple[int, int]] = set()
        async for event in cast("AsyncIterator[EventT[bytes]]", stream.events()):
            if _place(event) not in handled:
                next_at = app.loop.time() + _APART_SECONDS
                batch = [event, *islice(buffer.waiting, at_once - 1)]
                await handle([_received(one.message) for one in batch])
                handled = {_place(one) for one in batch}
                # Behind the work and not before it: an event that is cancelled while it waits counts as handled.
                await asyncio.sleep(max(0.0, next_at - app.loop.time()))

    app.agent(topic, name="count", concurrency=1)(count)
    return app


def _place(event: EventT[bytes]) -> tuple[int, int]:
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
