"""The audit over HTTP, for administrators. Each service offers it for the streams that are its own."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, Field, JsonValue

from chassis.audit.access import AccessLog
from chassis.audit.audited_type import AuditedType, UnknownSubject
from chassis.audit.point_in_time import InvalidPointInTime, NotYet, point_in_time, up_to
from chassis.audit.story import story
from chassis.audit.verification import verify_stream
from chassis.commands.caller import Caller
from chassis.commands.recording import chain_hash
from chassis.http.authentication import SignedIn
from chassis.http.context import Context
from chassis.http.documentation import errors
from chassis.http.messages import STATUS_DETAILS, SYSTEM_SECTION
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure

_NOTHING_THEN = "В этот момент ничего ещё не было"
_NO_MOMENT = "as_of: ожидается номер события или время, например 2024-05-17T12:00:00Z"
AsOf = Annotated[
    str | None,
    Query(
        max_length=64,
        description="Номер события (с 0) или время ISO 8601: история и состояние на этот момент",
        examples=["2024-05-17T12:00:00Z"],
    ),
]


class AuditEntryOut(BaseModel):
    """Событие: когда, что, кто и почему."""

    stream: str
    revision: int = Field(description="Номер события, с 0")
    position: int
    id: UUID
    time: datetime
    type: str = Field(examples=["jobs.job-submitted.v1"])
    actor: str = Field(description="Кто: `user:<id>` или `service:<имя>`", examples=["user:1"])
    service: str = Field(description="Сервис, который записал событие", examples=["jobs-command"])
    version: str = Field(description="Его версия; пусто, если не записана", examples=["0.1.0"])
    correlation_id: str
    causation_id: str
    cause: str = Field(description="Событие-причина, `поток@номер`; пусто, если её нет", examples=["user-1@0"])
    depth: int = Field(description="Глубина в дереве причин")
    data: JsonValue


class AuditOut(BaseModel):
    """История и состояние, свёрнутое из неё."""

    stream: str
    revision: int
    intact: bool = Field(description="Цепочка хешей потока цела")
    state: JsonValue
    story: list[AuditEntryOut]


class AuditVerifyOut(BaseModel):
    """Проверка цепочки хешей одного потока."""

    stream: str
    events: int
    head: str = Field(description="Хеш последнего события")
    intact: bool
    faults: list[str]


async def _administrator(caller: SignedIn) -> Caller:
    if not caller.admin:
        raise HTTPException(403, STATUS_DETAILS[403])
    return caller


_ADMIN = [Depends(_administrator)]


@dataclass(frozen=True)
class AuditRoutes:
    """The routes of one kind."""

    infrastructure: Infrastructure
    kind: AuditedType

    async def tell(
        self, reference: Annotated[str, Path(max_length=64)], context: Context, as_of: AsOf = None
    ) -> AuditOut:
        """Вернуть историю и состояние на момент `as_of`, по умолчанию — на сейчас. Обращение записывается."""
        stream = await self._stream(reference)
        await AccessLog(self.infrastructure).record("story" if as_of is None else "as-of", stream, context)
        events, faults = await verify_stream(self.infrastructure.events, stream)
        if not events:
            raise HTTPException(404, self.kind.missing)
        try:
            shown = events if as_of is None else up_to(events, point_in_time(as_of))
        except InvalidPointInTime:
            raise HTTPException(422, _NO_MOMENT) from None
        except NotYet:
            raise HTTPException(404, _NOTHING_THEN) from None
        return self._told(shown, intact=not faults)

    async def verify(self, reference: Annotated[str, Path(max_length=64)], context: Context) -> AuditVerifyOut:
        """Проверить цепочку хешей потока. Обращение записывается."""
        stream = await self._stream(reference)
        await AccessLog(self.infrastructure).record("verify", stream, context)
        events, faults = await verify_stream(self.infrastructure.events, stream)
        if not events:
            raise HTTPException(404, self.kind.missing)
        return AuditVerifyOut(
            stream=stream,
            events=len(events),
            head=chain_hash(events[-1]),
            intact=not faults,
            faults=[str(fault) for fault in faults],
        )

    def _told(self, events: Sequence[StoredEvent], *, intact: bool) -> AuditOut:
        told = AuditOut(stream=events[0].stream, revision=events[-1].revision, intact=intact, state=None, story=[])
        try:
            entries = [AuditEntryOut.model_validate(asdict(entry)) for entry in story(self.kind, events)]
            return told.model_copy(update={"state": self.kind.state(events), "story": entries})
        except (KeyError, TypeError, ValueError):
            # What somebody changed may no longer be readable; what nobody changed must be.
            if intact:
                raise
            return told

    async def _stream(self, reference: str) -> str:
        try:
            return await self.kind.stream_of(reference, self.infrastructure.events, self.infrastructure.clock)
        except UnknownSubject as unknown:
            raise HTTPException(404, unknown.missing) from None


def with_audit(routes: APIRouter, infrastructure: Infrastructure, kind: AuditedType) -> APIRouter:
    """Return a service's routes and those of the audit of what is its own."""
    router = APIRouter()
    router.include_router(routes)
    router.include_router(audit_routes(infrastructure, kind))
    return router


def audit_routes(infrastructure: Infrastructure, kind: AuditedType) -> APIRouter:
    """Return the audit's routes for one kind."""
    route, one = AuditRoutes(infrastructure, kind), f"/audit/{kind.name}/{{reference}}"
    router = APIRouter(tags=[SYSTEM_SECTION.ru], dependencies=_ADMIN)
    missing = {404: [kind.missing]}
    router.add_api_route(
        one,
        route.tell,
        methods=["GET"],
        name=f"get_{kind.name}_audit",
        summary=f"Аудит: история ({kind.name})",
        responses=errors(401, 403, 404, 422, examples={404: [kind.missing, _NOTHING_THEN], 422: [_NO_MOMENT]}),
    )
    router.add_api_route(
        f"{one}/verify",
        route.verify,
        methods=["GET"],
        name=f"verify_{kind.name}_audit",
        summary=f"Аудит: проверка цепочки хешей ({kind.name})",
        responses=errors(401, 403, 404, 422, examples=missing),
    )
    return router
