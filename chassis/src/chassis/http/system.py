"""The routes of the process itself: health, liveness, readiness, metrics."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.commands.message import Language, Message
from chassis.http import messages, routing
from chassis.http.health import Health
from chassis.http.language import RequestLanguage
from chassis.http.problems import problem
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Check, Measure, Measurement
from chassis.runtime.telemetry import Telemetry

_TIMEOUT = 4.0
OBJECTS_ENDPOINT = "minio_endpoint"
"""The contract's name, in `/health`, for the address of the object store."""


class Healthy(BaseModel):
    """The system's health."""

    model_config = ConfigDict(json_schema_extra={"description": messages.HEALTHY_BODY.ru})

    status: str
    objects_endpoint: str = Field(serialization_alias=OBJECTS_ENDPOINT)
    message: str


class Unhealthy(Healthy):
    """The same, and the reason as in every error."""

    model_config = ConfigDict(json_schema_extra={"description": messages.UNHEALTHY_BODY.ru})

    detail: str


class Ready(BaseModel):
    """The answer to a liveness or readiness probe."""

    model_config = ConfigDict(json_schema_extra={"description": messages.READY_BODY.ru})

    status: str = "ok"


_REASON = "event store: disk full"
_EXAMPLE = Unhealthy(status="unhealthy", objects_endpoint="localhost:9000", message=_REASON, detail=_REASON)
_UNHEALTHY: dict[str, Any] = {
    "model": Unhealthy,
    "description": messages.UNHEALTHY.ru,
    "content": {"application/json": {"example": _EXAMPLE.model_dump(by_alias=True)}},
}


@dataclass(frozen=True)
class SystemRoutes:
    """The routes of the process itself. None requires a token or counts against a rate limit.

    Liveness, readiness and metrics are for operators, and stay out of the clients' document.
    """

    health: Health
    telemetry: Telemetry
    live: Sequence[Check]
    ready: Sequence[Check]

    @routing.get("/health", summary=messages.GET_HEALTH, response_model=Healthy, responses={503: _UNHEALTHY})
    async def get_health(self, language: RequestLanguage) -> Healthy | Response:
        """Return whether every store works."""
        problems = await self.health.problems()
        return _health(self.health.infrastructure.objects_endpoint, problems, language)

    @routing.get("/live", response_model=Ready, include_in_schema=False)
    async def get_liveness(self) -> Ready | Response:
        """Return 503 when a worker is stuck, or the process cannot start: a restart is needed."""
        return await _ask(self.live)

    @routing.get("/ready", response_model=Ready, include_in_schema=False)
    async def get_readiness(self) -> Ready | Response:
        """Return 503 when a check of the process fails."""
        return await _ask(self.ready)

    @routing.get("/metrics", response_class=Response, include_in_schema=False)
    async def get_metrics(self) -> Response:
        """Return the metrics in Prometheus' text format."""
        content_type = {"Content-Type": self.telemetry.content_type}
        return Response(await self.telemetry.render(), headers=content_type)


def _health(endpoint: str, problems: Sequence[Message], language: Language) -> Healthy | Response:
    if not problems:
        return Healthy(status="healthy", objects_endpoint=endpoint, message=messages.HEALTHY.text(language))
    reason = "; ".join(problem.text(language) for problem in problems)
    body = Unhealthy(status="unhealthy", objects_endpoint=endpoint, message=reason, detail=reason)
    return Response(body.model_dump_json(by_alias=True), 503, media_type="application/json")


def measure_readiness(checks: Sequence[Check]) -> Measure:
    """Return what measures whether the process is ready."""

    async def measure() -> Sequence[Measurement]:
        return [Measurement("ready", not await _problems(checks))]

    return measure


async def _problems(checks: Sequence[Check]) -> Sequence[str]:
    answers = await asyncio.gather(*(_answer(check) for check in checks))
    return [answer for answer in answers if answer]


async def _ask(checks: Sequence[Check]) -> Ready | Response:
    problems = await _problems(checks)
    return problem(503, "; ".join(problems)) if problems else Ready()


async def _answer(check: Check) -> str | None:
    try:
        reason = await asyncio.wait_for(check.ask(), _TIMEOUT)
    except (StoreUnavailable, TimeoutError) as problem:
        reason = type(problem).__name__
    return f"{check.name}: {reason}" if reason else None
