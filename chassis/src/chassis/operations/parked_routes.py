"""Parked events over HTTP, for administrators. One service serves them for all (ADR 49)."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query

from chassis.http import routing
from chassis.http.authentication import require_administrator
from chassis.http.context import Context
from chassis.http.documentation import errors
from chassis.http.language import RequestLanguage
from chassis.http.messages import SYSTEM_SECTION
from chassis.http.parameters import Limit, Skip
from chassis.messaging.parking import NothingParked, WaitsBehindAnother
from chassis.operations import messages
from chassis.operations.parked_events import ParkedEvents
from chassis.operations.schemas import DiscardedOut, ParkedOut, ParkedWithDataOut
from chassis.ports.infrastructure import Infrastructure

_NOT_FOUND = {404: [messages.NOTHING_PARKED]}
_WAITING = {409: [messages.WAITS_BEHIND_ANOTHER]}
ParkedId = Annotated[str, Path(max_length=500, examples=["jobs-query:california-gold.jobs:3:1234"])]
Group = Annotated[str | None, Query(max_length=255, description=messages.GROUP.ru, examples=["jobs-query"])]


@dataclass(frozen=True)
class ParkedRoutes:
    """The routes of parked events."""

    events: ParkedEvents

    @routing.get(
        "/parked",
        summary=messages.LIST_PARKED,
        description=messages.LIST_PARKED_DESCRIPTION,
        responses=errors(401, 403, 422),
    )
    async def list_parked_events(self, group: Group = None, skip: Skip = 0, limit: Limit = 100) -> list[ParkedOut]:
        """Return a page of the parked events, without their data."""
        return [ParkedOut.of(parked) for parked in await self.events.page(group, skip, limit)]

    @routing.get(
        "/parked/{parked_id}",
        summary=messages.SHOW_PARKED,
        description=messages.SHOW_PARKED_DESCRIPTION,
        responses=errors(401, 403, 404, 422, examples=_NOT_FOUND),
    )
    async def get_parked_event(self, parked_id: ParkedId, context: Context) -> ParkedWithDataOut:
        """Return a parked event with its data."""
        with _refused():
            return ParkedWithDataOut.of(await self.events.show(parked_id, context))

    @routing.post(
        "/parked/{parked_id}/retry",
        summary=messages.RETRY_PARKED,
        description=messages.RETRY_PARKED_DESCRIPTION,
        responses=errors(401, 403, 404, 409, 422, examples={**_NOT_FOUND, **_WAITING}),
    )
    async def retry_parked_event(self, parked_id: ParkedId, context: Context) -> ParkedOut:
        """Have a parked event handled again."""
        with _refused():
            return ParkedOut.of(await self.events.retry(parked_id, context))

    @routing.delete(
        "/parked/{parked_id}",
        summary=messages.DISCARD_PARKED,
        description=messages.DISCARD_PARKED_DESCRIPTION,
        responses=errors(401, 403, 404, 422, examples=_NOT_FOUND),
    )
    async def discard_parked_event(
        self, parked_id: ParkedId, context: Context, language: RequestLanguage
    ) -> DiscardedOut:
        """Drop a parked event for ever."""
        with _refused():
            await self.events.discard(parked_id, context)
        return DiscardedOut(message=messages.DISCARDED.text(language))


@contextmanager
def _refused() -> Generator[None]:
    """Answer what cannot be done with an event: 404 or 409."""
    try:
        yield
    except NothingParked:
        raise HTTPException(404, messages.NOTHING_PARKED) from None
    except WaitsBehindAnother:
        raise HTTPException(409, messages.WAITS_BEHIND_ANOTHER) from None


def with_parked_events(routes: APIRouter, infrastructure: Infrastructure) -> APIRouter:
    """Return a service's routes together with those of parked events."""
    router = APIRouter()
    router.include_router(routes)
    parked = routing.router_of(ParkedRoutes(ParkedEvents.of(infrastructure)), SYSTEM_SECTION)
    router.include_router(parked, dependencies=[Depends(require_administrator)])
    return router
