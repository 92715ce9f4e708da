"""The state of one request, which the layers of middleware share."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from chassis.commands.caller import Caller

SCOPE_KEY = "california_gold.state"
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class RequestState:
    """The state of a request and its response.

    `head`: the method is HEAD. `headers` are added to every response. `token_given` without a `caller`: the token is
    invalid.
    """

    correlation_id: str
    head: bool = False
    headers: list[Header] = field(default_factory=list[Header])
    caller: Caller | None = None
    token_given: bool = False


def request_state(connection: HTTPConnection) -> RequestState:
    """Return the state of a request or a WebSocket."""
    return cast("RequestState", connection.scope[SCOPE_KEY])
