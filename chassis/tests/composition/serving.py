"""A process that serves a small service; it prints its address, and `stopped` when its workers have ended."""

import asyncio
import sys
from pathlib import Path

from fastapi import APIRouter, Request, WebSocket

from chassis.composition import server
from chassis.composition.embedded import embedded
from chassis.http.app import create_app
from chassis.http.rate_limits import caller_key
from chassis.runtime import logging
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings, load

router = APIRouter()
entered = asyncio.Event()


@router.get("/wait")
async def wait() -> str:
    """Answer when a line arrives on standard input."""
    entered.set()
    return await asyncio.to_thread(sys.stdin.readline)


@router.get("/entered")
async def was_entered() -> bool:
    """Return whether a request has entered `/wait`."""
    return entered.is_set()


@router.get("/who")
async def who(request: Request) -> str:
    """Return the caller that rate limits count."""
    return caller_key(request.scope)


@router.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    """Send each message back."""
    await websocket.accept()
    while True:
        await websocket.send_text(await websocket.receive_text())


async def work() -> None:
    """Run until the process ends, and print it."""
    try:
        await asyncio.Event().wait()
    finally:
        print("stopped", flush=True)  # noqa: T201


async def main(folder: Path) -> None:
    """Serve."""
    settings: Settings = load(Settings)
    logging.configure("json", "info")
    async with embedded(folder) as infrastructure:
        app = create_app([Service("small", router, [Worker("work", work)])], infrastructure, settings)
        await server.serve(app, settings, lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
