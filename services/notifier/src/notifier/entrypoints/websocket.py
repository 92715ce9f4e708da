"""`/ws/jobs/{id}`: what a client hears. Whatever it says is read and ignored."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, WebSocket
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from chassis.http.authentication import Tokens
from chassis.http.tokens import InvalidToken
from chassis.runtime.settings import Settings
from notifier.application.connection_limiter import ConnectionLimiter, ConnectionLimitReached
from notifier.application.subscriber import Subscriber, TooSlow
from notifier.application.subscriptions import Subscriptions
from notifier.domain.job_state import not_found
from notifier.entrypoints.handshake import SUBPROTOCOL, caller_of, job_uuid, offers_subprotocol

NO_SUCH_JOB = 4404
TRY_AGAIN_LATER = 1013
_SEND_SECONDS = 10.0
_log = structlog.get_logger()


def router(subscriptions: Subscriptions, limiter: ConnectionLimiter, settings: Settings) -> APIRouter:
    """Return the route. It takes the job's UUID only, because a number can be guessed."""
    routes = APIRouter()

    @routes.websocket("/ws/jobs/{job_id}")
    async def job_updates(  # pyright: ignore[reportUnusedFunction]
        websocket: WebSocket, job_id: str, tokens: Tokens, after: Annotated[int | None, Query(ge=-1)] = None
    ) -> None:
        try:
            caller = await caller_of(websocket, tokens)
        except InvalidToken:
            return await _deny(websocket, 401, "Недействительный токен")
        if caller is None and settings.websocket_requires_token:
            return await _deny(websocket, 401, "Требуется авторизация")
        subscriber = Subscriber(caller.user_id if caller else None, owner_only=settings.websocket_requires_token)
        try:
            async with limiter.taken(_who(websocket, subscriber)):
                await _serve(websocket, subscriptions, job_id, subscriber, after)
        except ConnectionLimitReached:
            await _deny(websocket, 429, "Слишком много открытых соединений")

    return routes


async def _serve(
    websocket: WebSocket, subscriptions: Subscriptions, job_id: str, subscriber: Subscriber, after: int | None
) -> None:
    await websocket.accept(SUBPROTOCOL if offers_subprotocol(websocket) else None)
    known_form = job_uuid(job_id)
    if known_form is None:
        await websocket.send_text(not_found(job_id))
        await websocket.close(NO_SUCH_JOB)
        return
    with suppress(WebSocketDisconnect):
        await _first_of(
            subscriptions.connect(known_form, subscriber, after),
            _pass_on(websocket, subscriber),
            _ignore_what_is_said(websocket),
        )


async def _pass_on(websocket: WebSocket, subscriber: Subscriber) -> None:
    try:
        async for text in subscriber.messages():
            async with asyncio.timeout(_SEND_SECONDS):
                await websocket.send_text(text)
        await websocket.close(NO_SUCH_JOB)
    except (TooSlow, TimeoutError):
        _log.info("socket_dropped", reason="too slow")
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await websocket.close(TRY_AGAIN_LATER)


async def _ignore_what_is_said(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _first_of(*doing: Awaitable[None]) -> None:
    """Do all of these until one ends, and end the others; raises what that one raised."""
    tasks = [asyncio.ensure_future(each) for each in doing]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _deny(websocket: WebSocket, status: int, detail: str) -> None:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "1"}
    await websocket.send_denial_response(JSONResponse({"detail": detail}, status, headers))


def _who(websocket: WebSocket, subscriber: Subscriber) -> str:
    if subscriber.user_id is not None:
        return f"user:{subscriber.user_id}"
    return f"address:{websocket.client.host if websocket.client else ''}"
