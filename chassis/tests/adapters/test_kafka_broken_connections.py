"""Writing to a connection that broke a moment ago, on each event loop that processes and tests run on."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

Loop = Callable[[], asyncio.AbstractEventLoop]
_MOMENTS = 6
"""So many turns of the loop after it breaks: by then whoever reads from a connection has noticed, too."""


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_is_written_to_a_broken_connection_is_refused_as_for_any_lost_broker(
    kafka_bootstrap: str, loop: Loop
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        for turns in range(_MOMENTS):
            runner.run(_write_after(turns, kafka_bootstrap))


async def _write_after(turns: int, bootstrap: str) -> None:
    host, _, port = bootstrap.rpartition(":")
    connection = await create_conn(host, int(port))
    connection._writer.transport.abort()  # pyright: ignore[reportPrivateUsage]
    for _ in range(turns):
        await asyncio.sleep(0)
    with pytest.raises(KafkaConnectionError):
        await connection.send(MetadataRequest([]))
