"""WebSocket `/ws/jobs/{id}`: sends the states of a job. Messages from the client are ignored."""

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from chassis.http.authentication import Tokens
from chassis.http.rate_limits import address_key
from chassis.http.tokens import InvalidToken, TokenVerifier
from chassis.http.verified_token import VerifiedToken
from chassis.ports.tracing import SpanKind, Tracing
from chassis.runtime.settings import Settings
from chassis.tracing.work import traced
from notifier import messages
from notifier.application.connection_limiter import ConnectionLimiter, ConnectionLimitReached
from notifier.application.subscriber import SlowConsumer, Subscriber
from notifier.application.subscriptions import Subscriptions
from notifier.domain.job_update import job_not_found
from notifier.entrypoints.handshake import SUBPROTOCOL, canonical_uuid, deny, offers_subprotocol, verified_token

NO_SUCH_JOB = 4404
TOKEN_ENDED = 4401
TRY_AGAIN_LATER = 1013
_SEND_TIMEOUT_SECONDS = 10.0
_PATH = "/ws/jobs/{job_id}"
_SENT = {
    "messaging.system": "websocket",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
    "messaging.destination.template": _PATH,
}
_log = structlog.get_logger()


def router(subscriptions: Subscriptions, limiter: ConnectionLimiter, settings: Settings) -> APIRouter:
    """Return the route. It accepts the job's UUID only, because a number can be guessed."""
    routes = APIRouter()

    @routes.websocket(_PATH)
    async def job_updates(  # pyright: ignore[reportUnusedFunction]
        websocket: WebSocket, job_id: str, tokens: Tokens, after: Annotated[int | None, Query(ge=-1)] = None
    ) -> None:
        try:
            token = await verified_token(websocket, tokens)
        except InvalidToken:
            return await deny(websocket, 401, messages.INVALID_TOKEN)
        if token is None and settings.websocket_requires_token:
            return await deny(websocket, 401, messages.TOKEN_REQUIRED)
        subscriber = Subscriber(token.caller.user_id if token else None, owner_only=settings.websocket_requires_token)
        try:
            async with limiter.slot(_client(websocket, subscriber)) as subscriber.slot:
                await _serve_while_valid(
                    websocket, token, tokens, _serve(websocket, subscriptions, job_id, subscriber, after)
                )
        except ConnectionLimitReached:
            await deny(websocket, 429, messages.TOO_MANY_CONNECTIONS)

    return routes


async def _serve_while_valid(
    websocket: WebSocket, token: VerifiedToken | None, tokens: TokenVerifier, serving: Coroutine[Any, Any, None]
) -> None:
    """Serve a socket until its end, or until its token is not valid any more: then close it."""
    if token is None:
        return await serving
    await _until_first_completes(serving, tokens.wait_until_invalid(token))
    if websocket.application_state is WebSocketState.CONNECTED is websocket.client_state:
        await websocket.close(TOKEN_ENDED)
    return None


async def _serve(
    websocket: WebSocket, subscriptions: Subscriptions, job_id: str, subscriber: Subscriber, after: int | None
) -> None:
    await websocket.accept(SUBPROTOCOL if offers_subprotocol(websocket) else None)
    uuid = canonical_uuid(job_id)
    if uuid is None:
        await websocket.send_text(job_not_found(job_id))
        await websocket.close(NO_SUCH_JOB)
        return
    with suppress(WebSocketDisconnect):
        await _until_first_completes(
            subscriptions.connect(uuid, subscriber, after),
            _send_messages(websocket, subscriber, subscriptions.infrastructure.tracing),
            _ignore_client_messages(websocket),
        )


async def _send_messages(websocket: WebSocket, subscriber: Subscriber, tracing: Tracing) -> None:
    try:
        async for message in subscriber.messages():
            with traced(tracing, f"send {_PATH}", SpanKind.PRODUCER, message.traceparent, _SENT):
                async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                    await websocket.send_text(message.text)
        # A socket whose job came to be just when another took its place may connect again.
        await websocket.close(TRY_AGAIN_LATER if subscriber.job_found.is_set() else NO_SUCH_JOB)
    except (SlowConsumer, TimeoutError):
        _log.info("socket_dropped", reason="too slow")
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await websocket.close(TRY_AGAIN_LATER)


async def _ignore_client_messages(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _until_first_completes(*awaitables: Awaitable[None]) -> None:
    """Run all concurrently until the first completes, and cancel the others. Raises what the first one raised."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _client(websocket: WebSocket, subscriber: Subscriber) -> str:
    if subscriber.user_id is not None:
        return f"user:{subscriber.user_id}"
    return address_key(websocket.scope)
