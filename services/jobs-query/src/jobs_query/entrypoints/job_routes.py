"""The routes that read jobs and their results."""

import asyncio
from dataclasses import dataclass

import orjson
from fastapi import APIRouter, Request, Response

from california_gold_contracts.job_body import Job as JobBody
from chassis.http.authentication import SignedIn
from chassis.http.documentation import errors
from chassis.ports.attachment import attachment
from jobs_query.application.history import History, HistoryEntry
from jobs_query.application.jobs import Jobs
from jobs_query.application.results import results_of
from jobs_query.application.workbook import MEDIA_TYPE, workbook, workbook_name
from jobs_query.domain.errors import JobNotFound, NoResult, RevisionNotReached
from jobs_query.entrypoints.schemas import Asked, Limit, ResultsOut, Skip

_JSON = "application/json"


@dataclass(frozen=True)
class JobRoutes:
    """Each parses, asks the application, shapes the answer."""

    jobs: Jobs
    history: History

    async def list_jobs(self, caller: SignedIn, limit: Limit = 100, skip: Skip = 0) -> Response:
        """Вернуть свои задания, новые первыми."""
        return Response(await self.jobs.list(caller.user_id, skip, limit), media_type=_JSON)

    async def get_job(self, asked: Asked, request: Request) -> Response:
        """Вернуть задание по UUID или номеру. `ETag` — его ревизия."""
        job = await self.jobs.find(asked)
        tag = f'"{job.revision}"'
        if tag in (request.headers.get("if-none-match") or ""):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(job.body, headers={"ETag": tag}, media_type=_JSON)

    async def get_job_results(self, asked: Asked) -> Response:
        """Вернуть результат анализа."""
        job = await self.jobs.find(asked)
        results = {
            "job_id": job.id,
            "parsed_at": job.view["results_parsed_at"],
            "results": results_of(job),
            "source": "cached",
        }
        return Response(orjson.dumps(results), media_type=_JSON)

    async def get_job_workbook(self, asked: Asked) -> Response:
        """Вернуть результат анализа книгой Excel с листами Summary, Findings и Metrics."""
        job = await self.jobs.find(asked)
        content = await asyncio.to_thread(workbook, job, results_of(job))
        return Response(content, headers={"Content-Disposition": attachment(workbook_name(job))}, media_type=MEDIA_TYPE)

    async def get_job_history(self, asked: Asked) -> list[HistoryEntry]:
        """Вернуть события задания по порядку: словами и как JSON."""
        return list(await self.history.of(await self.jobs.find(asked)))


def add_job_routes(router: APIRouter, route: JobRoutes) -> None:
    """Add the routes, as the document orders them."""
    add, one = router.add_api_route, "/jobs/{job_id}"
    missing, late = [JobNotFound().message], {409: [RevisionNotReached().message]}
    found = errors(401, 404, 409, 422, examples={404: missing, **late})
    ready = errors(401, 404, 409, 422, examples={404: [*missing, NoResult().message], **late})
    add(
        "/jobs",
        route.list_jobs,
        methods=["GET"],
        summary="Получение заданий пользователя",
        response_model=list[JobBody],
        responses=errors(401, 422),
    )
    add(
        one,
        route.get_job,
        methods=["GET"],
        summary="Получение задания",
        response_model=JobBody,
        responses={**found, 304: {"description": "Задание не изменилось с ревизии из If-None-Match"}},
    )
    add(
        f"{one}/results",
        route.get_job_results,
        methods=["GET"],
        summary="Получение результатов анализа",
        response_model=ResultsOut,
        responses=ready,
    )
    add(
        f"{one}/results.xlsx",
        route.get_job_workbook,
        methods=["GET"],
        summary="Результаты анализа в Excel",
        response_class=Response,
        responses={**ready, 200: {"description": "Книга Excel", "content": {MEDIA_TYPE: {}}}},
    )
    add(f"{one}/history", route.get_job_history, methods=["GET"], summary="История задания", responses=found)
