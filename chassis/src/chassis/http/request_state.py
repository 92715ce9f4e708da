"""What the edge knows of one request, from its first byte to its last."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from chassis.commands.caller import Caller

SCOPE_KEY = "california_gold.state"
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class RequestState:
    """One request and its answer.

    `head` says that only the answer's head is wanted. `headers` are added to the answer, whatever it is. `token_given`
    with no `caller` means that the token was no good.
    """

    correlation_id: str
    head: bool = False
    headers: list[Header] = field(default_factory=list[Header])
    caller: Caller | None = None
    token_given: bool = False


def request_state(connection: HTTPConnection) -> RequestState:
    """Return what the edge knows of a request or a WebSocket."""
    return cast("RequestState", connection.scope[SCOPE_KEY])
