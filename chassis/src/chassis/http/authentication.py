"""Authentication: the middleware that verifies the bearer token, and the dependencies that routes declare."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.commands.caller import Caller
from chassis.commands.message import Message
from chassis.http.messages import BEARER_TOKEN, INVALID_TOKEN, STATUS_DETAILS
from chassis.http.request_state import SCOPE_KEY, RequestState, request_state
from chassis.http.tokens import InvalidToken, TokenVerifier
from chassis.http.verified_token import VerifiedToken

_SCHEME = "bearer "


def unauthorized(detail: Message = STATUS_DETAILS[401]) -> HTTPException:
    """Return a 401 to raise."""
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


class _SignedIn(SecurityBase):
    """The dependency behind `SignedIn`; its base class makes FastAPI document the bearer scheme."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description=BEARER_TOKEN.ru)
        self.scheme_name = "bearer"

    async def __call__(self, connection: HTTPConnection) -> Caller:
        return _token(connection).caller


def _token(connection: HTTPConnection) -> VerifiedToken:
    state = request_state(connection)
    if state.token is None:
        raise unauthorized(INVALID_TOKEN) if state.token_given else unauthorized()
    return state.token


def _tokens(connection: HTTPConnection) -> TokenVerifier:
    return cast("TokenVerifier", connection.app.state.tokens)


SignedIn = Annotated[Caller, Depends(_SignedIn())]
"""The caller; a request without a valid token is answered 401."""


async def require_administrator(caller: SignedIn) -> Caller:
    """Return the caller; a dependency of routes that answer others with 403."""
    if not caller.admin:
        raise HTTPException(403, STATUS_DETAILS[403])
    return caller


CallersToken = Annotated[VerifiedToken, Depends(_token)]
"""The token of a caller who is `SignedIn`."""

Tokens = Annotated[TokenVerifier, Depends(_tokens)]
"""The process's token verifier, for tokens outside the Authorization header."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """Middleware that identifies the caller by the bearer token. Authorization is up to the routes."""

    app: ASGIApp
    tokens: TokenVerifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the caller in the request state."""
        if scope["type"] != "lifespan":
            await self._identify(scope, scope[SCOPE_KEY])
        await self.app(scope, receive, send)

    async def _identify(self, scope: Scope, state: RequestState) -> None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                state.token_given = True
                state.token = await self._verified(value.decode("latin-1"))
                return

    async def _verified(self, authorization: str) -> VerifiedToken | None:
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        try:
            return await self.tokens.verify(authorization[len(_SCHEME) :].strip())
        except InvalidToken:
            return None
