"""The context of a command (actor, command id, correlation), read from a request."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, cast
from uuid import UUID, uuid4

from fastapi import Depends, Header, HTTPException, Request

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext, command_id
from chassis.commands.idempotency_keys import IdempotencyKeys
from chassis.http.body_limit import is_upload
from chassis.http.messages import IDEMPOTENCY_KEY, INVALID_IDEMPOTENCY_KEY
from chassis.http.request_state import request_state

_KEY = re.compile(r"[!-~]{1,255}")

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description=IDEMPOTENCY_KEY.ru),
]


@dataclass(frozen=True, slots=True)
class RequestedCommand:
    """The command of a request, as the dependency `CommandRequest` gives it to a route.

    A route gets the context by binding the Idempotency-Key to the request's content. It does so once the request is
    valid, so that a client can mend a request and keep its key.
    """

    id: UUID
    """The command's id. The same Idempotency-Key of the same caller on the same route gives the same id."""

    _context: CommandContext = field(repr=False)
    _request: Request = field(repr=False)

    async def context(self) -> CommandContext:
        """Return the context of a command whose content is the query and the body. Raises `KeyReused`."""
        return await self.context_of(b"" if is_upload(self._request.scope) else await self._request.body())

    async def context_of(self, content: bytes) -> CommandContext:
        """Return the context of a command whose content is the query and `content`. Raises `KeyReused`."""
        # The id of an anonymous command derives from its content already.
        if not self._context.first_time and request_state(self._request).caller is not None:
            keys = _idempotency_keys(self._request)
            query: bytes = self._request.scope["query_string"]
            await keys.bind(self._context, sha256(query).digest() + content)
        return self._context


def _new_context(request: Request) -> CommandContext:
    return _context_with(request, uuid4(), first_time=True)


async def _requested(request: Request, key: IdempotencyKey = None) -> RequestedCommand:
    repeatable = None if key is None else await _repeatable_id(request, request_state(request).caller, key)
    context = _context_with(request, repeatable or uuid4(), first_time=repeatable is None)
    return RequestedCommand(context.command_id, context, request)


Context = Annotated[CommandContext, Depends(_new_context)]
"""The metadata of a read that is recorded. Each request has an id of its own."""

CommandRequest = Annotated[RequestedCommand, Depends(_requested)]
"""The command of a request that changes something, with or without an Idempotency-Key."""


def _context_with(request: Request, id_: UUID, *, first_time: bool) -> CommandContext:
    state = request_state(request)
    return CommandContext(
        command_id=id_,
        actor=_actor(state.caller),
        correlation_id=state.correlation_id,
        traceparent=state.span.traceparent,
        first_time=first_time,
    )


def _actor(caller: Caller | None) -> str:
    return f"user:{caller.user_id}" if caller else "anonymous"


async def _repeatable_id(request: Request, caller: Caller | None, key: str) -> UUID | None:
    if not _KEY.fullmatch(key):
        raise HTTPException(422, INVALID_IDEMPOTENCY_KEY)
    identity: tuple[str, ...] = (_actor(caller), request.method, request.url.path, key)
    if caller is None:
        # Anonymous callers may pick the same key: their command is the same only if its body is. Its id is in the log.
        if is_upload(request.scope):
            return None
        identity += ((await _idempotency_keys(request).fingerprint(await request.body())).hex(),)
    return command_id(*identity)


def _idempotency_keys(request: Request) -> IdempotencyKeys:
    return cast("IdempotencyKeys", request.app.state.idempotency_keys)
