"""The audit over HTTP, for administrators. Each service serves it for its own streams."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from chassis.audit import messages
from chassis.audit.access import AccessLog
from chassis.audit.audited_type import AuditedType, UnknownSubject
from chassis.audit.fault import Fault
from chassis.audit.history import history
from chassis.audit.point_in_time import InvalidPointInTime, NotYet, point_in_time, up_to
from chassis.audit.verification import verify_stream
from chassis.commands.context import CommandContext
from chassis.commands.recording import chain_hash
from chassis.http.authentication import require_administrator
from chassis.http.context import Context
from chassis.http.documentation import errors
from chassis.http.messages import SYSTEM_SECTION
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure

Reference = Annotated[str, Path(max_length=64)]
AsOf = Annotated[str | None, Query(max_length=64, description=messages.AS_OF.ru, examples=["2024-05-17T12:00:00Z"])]


class AuditEntryOut(BaseModel):
    """One event of a history."""

    model_config = ConfigDict(json_schema_extra={"description": messages.ENTRY.ru})

    stream: str
    revision: int = Field(description=messages.ENTRY_REVISION.ru)
    position: int
    id: UUID
    time: datetime
    type: str = Field(examples=["jobs.job-submitted.v2"])
    actor: str = Field(description=messages.ENTRY_ACTOR.ru, examples=["user:1"])
    service: str = Field(description=messages.ENTRY_SERVICE.ru, examples=["jobs-command"])
    version: str = Field(description=messages.ENTRY_VERSION.ru, examples=["0.1.0"])
    correlation_id: str
    causation_id: str
    cause: str = Field(description=messages.ENTRY_CAUSE.ru, examples=["user-1@0"])
    depth: int = Field(description=messages.ENTRY_DEPTH.ru)
    data: JsonValue


class AuditOut(BaseModel):
    """A history and the state folded from it. The field `story` keeps its published name."""

    model_config = ConfigDict(json_schema_extra={"description": messages.HISTORY.ru})

    stream: str
    revision: int
    intact: bool = Field(description=messages.HISTORY_INTACT.ru)
    state: JsonValue
    story: list[AuditEntryOut]


class AuditVerifyOut(BaseModel):
    """The verification of the hash chain of one stream."""

    model_config = ConfigDict(json_schema_extra={"description": messages.VERIFICATION.ru})

    stream: str
    events: int
    head: str = Field(description=messages.VERIFICATION_HEAD.ru)
    intact: bool
    faults: list[str]


@dataclass(frozen=True)
class AuditRoutes:
    """The audit routes of one audited type."""

    infrastructure: Infrastructure
    audited_type: AuditedType
    access_log: AccessLog

    async def get_history(self, reference: Reference, context: Context, as_of: AsOf = None) -> AuditOut:
        """Return the history and the state at a point in time; the access is recorded."""
        events, faults = await self._read(reference, "story" if as_of is None else "as-of", context)
        try:
            shown = events if as_of is None else up_to(events, point_in_time(as_of))
        except InvalidPointInTime:
            raise HTTPException(422, messages.INVALID_POINT_IN_TIME) from None
        except NotYet:
            raise HTTPException(404, messages.DID_NOT_EXIST_YET) from None
        return self._history(shown, intact=not faults)

    async def verify(self, reference: Reference, context: Context) -> AuditVerifyOut:
        """Verify the hash chain of a stream; the access is recorded."""
        events, faults = await self._read(reference, "verify", context)
        return AuditVerifyOut(
            stream=events[0].stream,
            events=len(events),
            head=chain_hash(events[-1]),
            intact=not faults,
            faults=[str(fault) for fault in faults],
        )

    async def _read(
        self, reference: str, action: str, context: CommandContext
    ) -> tuple[Sequence[StoredEvent], Sequence[Fault]]:
        """Return the events of a stream and the faults in its chain, after recording the access."""
        stores = self.infrastructure
        try:
            stream = await self.audited_type.stream_of(reference, stores.events, stores.clock)
        except UnknownSubject as unknown:
            raise HTTPException(404, unknown.message) from None
        await self.access_log.record(action, stream, context)
        events, faults = await verify_stream(stores.events, stream)
        if not events:
            raise HTTPException(404, self.audited_type.not_found)
        return events, faults

    def _history(self, events: Sequence[StoredEvent], *, intact: bool) -> AuditOut:
        result = AuditOut(stream=events[0].stream, revision=events[-1].revision, intact=intact, state=None, story=[])
        try:
            entries = [AuditEntryOut.model_validate(asdict(entry)) for entry in history(self.audited_type, events)]
            return result.model_copy(update={"state": self.audited_type.state(events), "story": entries})
        except (KeyError, TypeError, ValueError):
            # A changed event may be unreadable; an unchanged one must not be.
            if intact:
                raise
            return result


def with_audit(routes: APIRouter, infrastructure: Infrastructure, audited_type: AuditedType) -> APIRouter:
    """Return a service's routes together with the audit routes of its type."""
    router = APIRouter()
    router.include_router(routes)
    router.include_router(audit_routes(infrastructure, audited_type))
    return router


def audit_routes(infrastructure: Infrastructure, audited_type: AuditedType) -> APIRouter:
    """Return the audit routes of one type."""
    routes, name = AuditRoutes(infrastructure, audited_type, AccessLog(infrastructure)), audited_type.name
    not_found = audited_type.not_found
    router = APIRouter(tags=[SYSTEM_SECTION.ru], dependencies=[Depends(require_administrator)])
    router.add_api_route(
        f"/audit/{name}/{{reference}}",
        routes.get_history,
        methods=["GET"],
        name=f"get_{name}_audit",
        summary=messages.HISTORY_SUMMARY.format(type=name).ru,
        description=messages.HISTORY_DESCRIPTION.ru,
        responses=errors(
            *(401, 403, 404, 422),
            examples={404: [not_found, messages.DID_NOT_EXIST_YET], 422: [messages.INVALID_POINT_IN_TIME]},
        ),
    )
    router.add_api_route(
        f"/audit/{name}/{{reference}}/verify",
        routes.verify,
        methods=["GET"],
        name=f"verify_{name}_audit",
        summary=messages.VERIFY_SUMMARY.format(type=name).ru,
        description=messages.VERIFY_DESCRIPTION.ru,
        responses=errors(401, 403, 404, 422, examples={404: [not_found]}),
    )
    return router
