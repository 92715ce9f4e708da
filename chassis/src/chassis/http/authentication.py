"""Who calls: the dependencies that routes declare, and the middleware that finds out."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.commands.caller import Caller
from chassis.http.request_state import SCOPE_KEY, RequestState, request_state
from chassis.http.tokens import InvalidToken, TokenVerifier

_SCHEME = "bearer "


def unauthorized(detail: str = "Требуется авторизация") -> HTTPException:
    """Return the 401 of the contract, to raise."""
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


class _MaybeSignedIn(SecurityBase):
    """A dependency whose type tells FastAPI to document the bearer scheme."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="Токен из `POST /auth/login`")
        self.scheme_name = "bearer"

    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        state = request_state(connection)
        if state.caller is None and state.token_given:
            raise unauthorized("Недействительный токен")
        return state.caller


class _SignedIn(_MaybeSignedIn):
    async def __call__(self, connection: HTTPConnection) -> Caller:
        caller = await super().__call__(connection)
        if caller is None:
            raise unauthorized()
        return caller


def _tokens(connection: HTTPConnection) -> TokenVerifier:
    return cast("TokenVerifier", connection.app.state.tokens)


SignedIn = Annotated[Caller, Depends(_SignedIn())]
"""The caller; a request without a valid token is answered 401."""

MaybeSignedIn = Annotated[Caller | None, Depends(_MaybeSignedIn())]
"""The caller, None without a token; an invalid token is answered 401 all the same."""

Tokens = Annotated[TokenVerifier, Depends(_tokens)]
"""The process's verifier, for tokens that come by another way than the Authorization header."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """Middleware that finds out who calls; whether that is enough, the routes say."""

    app: ASGIApp
    tokens: TokenVerifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the caller in the state."""
        if scope["type"] != "lifespan":
            await self._identify(scope, scope[SCOPE_KEY])
        await self.app(scope, receive, send)

    async def _identify(self, scope: Scope, state: RequestState) -> None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                state.token_given = True
                state.caller = await self._caller(value.decode("latin-1"))
                return

    async def _caller(self, authorization: str) -> Caller | None:
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        try:
            return await self.tokens.verify(authorization[len(_SCHEME) :].strip())
        except InvalidToken:
            return None
