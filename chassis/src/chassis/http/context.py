"""Who wants a change and because of what, read from a request."""

import re
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Header, HTTPException, Request

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext, command_id
from chassis.http.body_limit import is_upload
from chassis.http.request_state import request_state

_KEY = re.compile(r"[!-~]{1,255}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Повтор запроса с тем же ключом ничего не меняет второй раз (до 255 видимых символов ASCII)",
    ),
]


async def _context(request: Request, key: IdempotencyKey = None) -> CommandContext:
    state = request_state(request)
    traceparent = request.headers.get("traceparent", "")
    return CommandContext(
        command_id=uuid4() if key is None else await _repeatable_id(request, state.caller, key),
        actor=_actor(state.caller),
        correlation_id=state.correlation_id,
        traceparent=traceparent if _TRACEPARENT.fullmatch(traceparent) else "",
        first_time=key is None,
    )


Context = Annotated[CommandContext, Depends(_context)]
"""What a command records beside its data. The same Idempotency-Key gives the same command id."""


def _actor(caller: Caller | None) -> str:
    return f"user:{caller.user_id}" if caller else "anonymous"


async def _repeatable_id(request: Request, caller: Caller | None, key: str) -> UUID:
    if not _KEY.fullmatch(key):
        raise HTTPException(422, "Idempotency-Key: от 1 до 255 видимых символов ASCII")
    identity: tuple[str, ...] = (_actor(caller), request.method, request.url.path, key)
    if caller is None:
        # Strangers may pick the same key: only the same body from them is the same command.
        if is_upload(request.scope):
            return uuid4()
        identity += (sha256(await request.body()).hexdigest(),)
    return command_id(*identity)
