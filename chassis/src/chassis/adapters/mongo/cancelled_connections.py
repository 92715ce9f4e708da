"""A fix of PyMongo's asynchronous client (ADR 9): a connection attempt that is cancelled closes its socket.

PyMongo 4.20 closes it after an error only. It cancels attempts itself, when a client is closed during an outage.
"""

import asyncio
import socket
from typing import Any

from pymongo import pool_shared

_connect: Any = pool_shared._async_create_connection  # noqa: SLF001  # pyright: ignore


def close_cancelled_connections() -> None:
    """Change the driver, for all clients of this process."""
    pool_shared._async_create_connection = _connect_or_close  # noqa: SLF001  # pyright: ignore


async def _connect_or_close(address: object, options: object) -> socket.socket:
    """Connect; when cancelled, close the socket as soon as the attempt ends."""
    connecting: asyncio.Task[socket.socket] = asyncio.create_task(_connect(address, options))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise


def _close(connecting: "asyncio.Task[socket.socket]") -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
