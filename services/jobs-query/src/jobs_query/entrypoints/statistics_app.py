"""The live statistics as a Faust application. Nothing else imports Faust, and nothing happens at import."""

# Faust's types leave much unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedFunctionDecorator=false

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, cast

import faust
from faust.types import EventT, Message, StreamT

from california_gold_contracts import topics
from chassis.distributed import kafka_connection
from chassis.distributed_settings import DistributedSettings
from chassis.message_bus import ReceivedMessage
from jobs_query.entrypoints.statistics_consumer import GROUP

Handle = Callable[[ReceivedMessage], Awaitable[None]]


class _App(faust.App):
    async def on_first_start(self) -> None:
        """Make no folders: there are no tables, and the place may be read-only."""


def statistics_app(settings: DistributedSettings, handle: Handle) -> faust.App:
    """Return the application: it hands over one message after the other, and commits only what was handled.

    It has no tables, so neither changelogs nor a leader: no topic but the one that it reads. `handle` must not raise,
    for Faust would take that for handled. To be called where the event loop runs.
    """
    arguments = kafka_connection(settings).client_arguments()
    app = _App(
        GROUP,
        broker=[f"kafka://{server}" for server in arguments.get("bootstrap_servers", ())],
        broker_credentials=_credentials(arguments),
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        loop=asyncio.get_running_loop(),
    )
    topic = app.topic(topics.JOBS.name, key_serializer="raw", value_serializer="raw")

    async def count(stream: StreamT[bytes]) -> None:
        async for event in cast("AsyncIterator[EventT[bytes]]", stream.events()):
            await handle(_received(event.message))

    app.agent(topic, name="count", concurrency=1)(count)
    return app


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
