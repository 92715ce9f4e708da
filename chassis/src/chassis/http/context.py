"""The context of a command (actor, command id, correlation), read from a request."""

import re
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Header, HTTPException, Request

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext, command_id
from chassis.http.body_limit import is_upload
from chassis.http.messages import IDEMPOTENCY_KEY, INVALID_IDEMPOTENCY_KEY
from chassis.http.request_state import request_state

_KEY = re.compile(r"[!-~]{1,255}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description=IDEMPOTENCY_KEY.ru),
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
"""The metadata of a command. The same Idempotency-Key gives the same command id."""


def _actor(caller: Caller | None) -> str:
    return f"user:{caller.user_id}" if caller else "anonymous"


async def _repeatable_id(request: Request, caller: Caller | None, key: str) -> UUID:
    if not _KEY.fullmatch(key):
        raise HTTPException(422, INVALID_IDEMPOTENCY_KEY)
    identity: tuple[str, ...] = (_actor(caller), request.method, request.url.path, key)
    if caller is None:
        # Anonymous callers may pick the same key: their command is the same only if its body is.
        if is_upload(request.scope):
            return uuid4()
        identity += (sha256(await request.body()).hexdigest(),)
    return command_id(*identity)
