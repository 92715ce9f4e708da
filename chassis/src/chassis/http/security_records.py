"""Records of the security log about one request: caller, network and correlation id come from the request."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.types import Scope

from chassis.http.addresses import network_of
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.security_log.entry import SecurityEntry
from chassis.security_log.security_log import SecurityLog

_MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class SecurityRecords:
    """Records what is done by one request."""

    security_log: SecurityLog
    scope: Scope

    def record(
        self, action: str, subject: str = "", *, reason: str = "", user_id: int | None = None, name_hash: str = ""
    ) -> None:
        """Record an action of the caller, or of the user who is named; with a reason, its refusal."""
        state = cast("RequestState", self.scope[SCOPE_KEY])
        state.security_recorded = True
        caller, client = state.caller, self.scope.get("client")
        entry = SecurityEntry(
            action,
            user_id=caller.user_id if user_id is None and caller else user_id,
            subject=subject[:_MAX_SUBJECT],
            reason=reason,
            name_hash=name_hash,
            address=network_of(client[0]) if client else "unknown",
            time=self.security_log.infrastructure.clock.now(),
            correlation_id=state.correlation_id,
        )
        self.security_log.record(entry, anonymous=caller is None and bool(reason))


async def _records(request: Request) -> SecurityRecords:
    return SecurityRecords(cast("SecurityLog", request.app.state.security_log), request.scope)


Security = Annotated[SecurityRecords, Depends(_records)]
"""The security log, for an action that is recorded."""
