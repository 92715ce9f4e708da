"""WebSocket handshake: authentication, and HTTP responses that refuse a connection."""

from uuid import UUID

from fastapi import WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from chassis.commands.message import Message
from chassis.http.language import language_of
from chassis.http.tokens import InvalidToken, TokenVerifier
from chassis.http.verified_token import VerifiedToken

SUBPROTOCOL = "bearer"
_SCHEME = "bearer "


async def verified_token(websocket: WebSocket, tokens: TokenVerifier) -> VerifiedToken | None:
    """Return the token of who connects; None without one. Raises `InvalidToken`."""
    token = _token(websocket)
    return await tokens.verify(token) if token else None


def offers_subprotocol(websocket: WebSocket) -> bool:
    """Whether the client offers `bearer` (with the token beside it); the server must then answer with that name."""
    return SUBPROTOCOL in websocket.scope["subprotocols"]


def canonical_uuid(text: str) -> str | None:
    """Return a UUID in its canonical form; None for other text."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


async def deny(websocket: WebSocket, status: int, detail: Message) -> None:
    """Refuse the handshake with an HTTP response, in the language that the client prefers."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "1"}
    body = {"detail": detail.text(language_of(websocket.scope))}
    await websocket.send_denial_response(JSONResponse(body, status, headers))


def _token(connection: HTTPConnection) -> str | None:
    offered = [name for name in connection.scope["subprotocols"] if name != SUBPROTOCOL]
    authorization = connection.headers.get("authorization", "")
    if authorization.lower().startswith(_SCHEME):
        return authorization[len(_SCHEME) :].strip()
    if SUBPROTOCOL in connection.scope["subprotocols"] and not offered:
        raise InvalidToken("no token beside the subprotocol")
    return offered[0] if offered else connection.query_params.get("token")
