"""Writes to a connection that was just closed, on asyncio's event loop and on uvloop (ADR 17)."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

Loop = Callable[[], asyncio.AbstractEventLoop]
_LOOP_ITERATIONS = 6
"""Loop iterations after the close to try; by the last one the connection's reader has noticed the close too."""


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_write_to_a_closed_connection_raises_kafka_connection_error(kafka_bootstrap: str, loop: Loop) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        for iterations in range(_LOOP_ITERATIONS):
            runner.run(_write_after(iterations, kafka_bootstrap))


async def _write_after(iterations: int, bootstrap: str) -> None:
    host, _, port = bootstrap.rpartition(":")
    connection = await create_conn(host, int(port))
    connection._writer.transport.abort()  # pyright: ignore[reportPrivateUsage]
    for _ in range(iterations):
        await asyncio.sleep(0)
    with pytest.raises(KafkaConnectionError):
        await connection.send(MetadataRequest([]))
