"""A client that subscribes and then reads more slowly than events are appended."""

import asyncio

from tools.eventstoredb import requests
from tools.eventstoredb.raw_calls import Answer, RawCalls

APPENDED = 80 * 16
"""Events that are appended while it reads nothing: more than the connection and the server's buffer hold."""

_BATCH, _EVENT_BYTES = 16, 10_000
_SECONDS_WITHOUT_READING = 1.0
"""Twice what the test server bears."""


async def read_too_slowly(calls: RawCalls, stream: str, revision: int) -> Answer:
    """Subscribe to a stream with a last revision, append to it without reading; return what the subscription brings."""
    async with calls.subscription(requests.read_all("end", prefix=stream, subscribe=True)) as subscription:
        for expected in range(revision, revision + APPENDED, _BATCH):
            new = requests.events(_BATCH, _EVENT_BYTES)
            await calls.call("BatchAppend", requests.batch(stream, new, expected), count=1)
        await asyncio.sleep(_SECONDS_WITHOUT_READING)
        return await subscription.rest()
