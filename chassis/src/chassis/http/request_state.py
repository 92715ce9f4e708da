"""The state of one request, which the layers of middleware share."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from chassis.commands.caller import Caller
from chassis.http.verified_token import VerifiedToken
from chassis.ports.tracing import Span, UnrecordedSpan

SCOPE_KEY = "california_gold.state"
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class RequestState:
    """The state of a request and its response.

    `head`: the method is HEAD. `headers` are added to every response. `token_given` without a `token`: the token is
    invalid. `security_recorded`: the security log has an entry of this request already.
    """

    correlation_id: str
    head: bool = False
    headers: list[Header] = field(default_factory=list[Header])
    token: VerifiedToken | None = None
    token_given: bool = False
    security_recorded: bool = False
    span: Span = field(default_factory=UnrecordedSpan)

    @property
    def caller(self) -> Caller | None:
        """Who sent the request; None without a valid token."""
        return self.token.caller if self.token else None


def request_state(connection: HTTPConnection) -> RequestState:
    """Return the state of a request or a WebSocket."""
    return cast("RequestState", connection.scope[SCOPE_KEY])
