"""WebSockets with the token of an account, and how the server closes them."""

import asyncio

from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.api_client import Account, Api

TOKEN_ENDED = 4401
_DEADLINE_SECONDS = 60.0


def socket_of(api: Api, account: Account, job_id: str) -> connect:
    """Return a socket to a job with the token of an account."""
    return api.socket(job_id, headers={"Authorization": f"Bearer {account.token}"})


async def close_code(socket: ClientConnection) -> int | None:
    """Read until the server closes the socket; return its code."""
    async with asyncio.timeout(_DEADLINE_SECONDS):
        await socket.wait_closed()
    return socket.close_code
