"""The routes of the process itself: health, liveness, readiness, metrics."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from chassis.http.documentation import Tag
from chassis.http.health import Health
from chassis.http.problems import problem
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Check, Worker
from chassis.runtime.telemetry import Telemetry

_PATIENCE = 4.0


class Healthy(BaseModel):
    """Состояние системы; `minio_endpoint` говорит, где лежат файлы."""

    status: str
    minio_endpoint: str
    message: str


class Unhealthy(Healthy):
    """То же, и причина в форме всех ошибок."""

    detail: str


class Ready(BaseModel):
    """Ответ на вопрос о жизни и готовности процесса."""

    status: str = "ok"


_REASON = "event store: disk full"
_EXAMPLE = Unhealthy(status="unhealthy", minio_endpoint="localhost:9000", message=_REASON, detail=_REASON)
_UNHEALTHY: dict[str, Any] = {
    "model": Unhealthy,
    "description": "Хранилище недоступно",
    "content": {"application/json": {"example": _EXAMPLE.model_dump()}},
}


def system_routes(health: Health, telemetry: Telemetry, workers: Sequence[Worker], ready: Sequence[Check]) -> APIRouter:
    """Return the routes. None of them asks for a token or counts against a limit."""
    router = APIRouter(tags=[Tag.SYSTEM])
    alive = [Check(worker.name, worker.stuck) for worker in workers if worker.stuck]

    @router.get(
        "/health",
        summary="Проверка здоровья системы",
        response_model=Healthy,
        responses={503: _UNHEALTHY},
    )
    async def get_health() -> Healthy | Response:  # pyright: ignore[reportUnusedFunction]
        return _healthy(health.infrastructure.objects_endpoint, await health.problems())

    # Not for clients: they reach no process, but the product, and its document says nothing of these.
    @router.get("/live", response_model=Ready, include_in_schema=False)
    async def get_liveness() -> Ready | Response:  # pyright: ignore[reportUnusedFunction]
        return await _ask(alive)

    @router.get("/ready", response_model=Ready, include_in_schema=False)
    async def get_readiness() -> Ready | Response:  # pyright: ignore[reportUnusedFunction]
        return await _ask(ready)

    @router.get("/metrics", response_class=Response, include_in_schema=False)
    async def get_metrics() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(await telemetry.render(workers), headers={"Content-Type": telemetry.content_type})

    return router


def _healthy(endpoint: str, problems: Sequence[str]) -> Healthy | Response:
    if not problems:
        return Healthy(status="healthy", minio_endpoint=endpoint, message="FastAPI и MinIO работают корректно")
    reason = "; ".join(problems)
    answer = Unhealthy(status="unhealthy", minio_endpoint=endpoint, message=reason, detail=reason)
    return Response(answer.model_dump_json(), 503, media_type="application/json")


async def _ask(checks: Sequence[Check]) -> Ready | Response:
    answers = await asyncio.gather(*(_answer(check) for check in checks))
    problems = [answer for answer in answers if answer]
    return problem(503, "; ".join(problems)) if problems else Ready()


async def _answer(check: Check) -> str | None:
    try:
        reason = await asyncio.wait_for(check.ask(), _PATIENCE)
    except (StoreUnavailable, TimeoutError) as problem:
        reason = type(problem).__name__
    return f"{check.name}: {reason}" if reason else None
