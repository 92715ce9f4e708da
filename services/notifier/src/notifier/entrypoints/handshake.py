"""Who opens a socket, and whether that may be."""

from uuid import UUID

from fastapi import WebSocket
from starlette.requests import HTTPConnection

from chassis.commands.caller import Caller
from chassis.http.tokens import InvalidToken, TokenVerifier

SUBPROTOCOL = "bearer"
_SCHEME = "bearer "


async def caller_of(websocket: WebSocket, tokens: TokenVerifier) -> Caller | None:
    """Return who connects; None without a token. Raises `InvalidToken` for a token that is no good."""
    token = _token(websocket)
    return await tokens.verify(token) if token else None


def offers_subprotocol(websocket: WebSocket) -> bool:
    """Say whether the client offers `bearer` (with the token beside it), which must then be accepted by name."""
    return SUBPROTOCOL in websocket.scope["subprotocols"]


def job_uuid(text: str) -> str | None:
    """Return the id in its usual form; None for what is no UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _token(connection: HTTPConnection) -> str | None:
    offered = [part for part in connection.scope["subprotocols"] if part != SUBPROTOCOL]
    authorization = connection.headers.get("authorization", "")
    if authorization.lower().startswith(_SCHEME):
        return authorization[len(_SCHEME) :].strip()
    if SUBPROTOCOL in connection.scope["subprotocols"] and not offered:
        raise InvalidToken("no token beside the subprotocol")
    return offered[0] if offered else connection.query_params.get("token")
