"""Routes that read jobs and their results."""

import asyncio
from dataclasses import dataclass

import orjson
from fastapi import Request, Response

from california_gold_contracts.job_body import Job as JobBody
from chassis.http import routing
from chassis.http.authentication import SignedIn
from chassis.http.documentation import Responses, errors
from chassis.http.language import RequestLanguage
from chassis.http.parameters import Limit, Skip
from chassis.ports.attachment import attachment
from jobs_query import messages
from jobs_query.application.history import History, HistoryEntry
from jobs_query.application.job_filter import JobFilter
from jobs_query.application.jobs import Jobs
from jobs_query.application.results import results_of
from jobs_query.application.workbook import MEDIA_TYPE, workbook, workbook_name
from jobs_query.entrypoints.schemas import RequestedJob, ResultsOut, Search, Statuses

_JSON = "application/json"
_LATE = {409: [messages.REVISION_NOT_REACHED]}
_FOUND = errors(401, 404, 409, 422, examples={404: [messages.JOB_NOT_FOUND], **_LATE})
_COMPLETED = errors(401, 404, 409, 422, examples={404: [messages.JOB_NOT_FOUND, messages.RESULT_NOT_READY], **_LATE})
_GET_JOB: Responses = {**_FOUND, 304: {"description": messages.JOB_NOT_MODIFIED.ru}}
_GET_WORKBOOK: Responses = {
    **_COMPLETED,
    200: {"description": messages.WORKBOOK.ru, "content": {MEDIA_TYPE: {}}},
}


@dataclass(frozen=True)
class JobRoutes:
    """Routes of jobs, their results and their history."""

    jobs: Jobs
    history: History

    @routing.get(
        "/jobs",
        summary=messages.LIST_JOBS,
        description=messages.LIST_JOBS_DESCRIPTION,
        response_model=list[JobBody],
        responses=errors(401, 422),
    )
    async def list_jobs(
        self, caller: SignedIn, limit: Limit = 100, skip: Skip = 0, status: Statuses = None, search: Search = None
    ) -> Response:
        """Return the caller's jobs, newest first, all or a selection."""
        selection = JobFilter(frozenset(status or ()), search or "")
        return Response(await self.jobs.list(caller.user_id, skip, limit, selection), media_type=_JSON)

    @routing.get(
        "/jobs/{job_id}",
        summary=messages.GET_JOB,
        description=messages.GET_JOB_DESCRIPTION,
        response_model=JobBody,
        responses=_GET_JOB,
    )
    async def get_job(self, query: RequestedJob, request: Request) -> Response:
        """Return a job. `ETag` is its revision."""
        job = await self.jobs.find(query)
        tag = f'"{job.revision}"'
        if tag in (request.headers.get("if-none-match") or ""):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(job.body, headers={"ETag": tag}, media_type=_JSON)

    @routing.get(
        "/jobs/{job_id}/results",
        summary=messages.GET_RESULTS,
        description=messages.GET_RESULTS_DESCRIPTION,
        response_model=ResultsOut,
        responses=_COMPLETED,
    )
    async def get_job_results(self, query: RequestedJob) -> Response:
        """Return the result of the analysis."""
        job = await self.jobs.find(query)
        results = {
            "job_id": job.id,
            "parsed_at": job.view["results_parsed_at"],
            "results": results_of(job),
            "source": "cached",
        }
        return Response(orjson.dumps(results), media_type=_JSON)

    @routing.get(
        "/jobs/{job_id}/results.xlsx",
        summary=messages.GET_WORKBOOK,
        description=messages.GET_WORKBOOK_DESCRIPTION,
        response_class=Response,
        responses=_GET_WORKBOOK,
    )
    async def get_job_workbook(self, query: RequestedJob) -> Response:
        """Return the result of the analysis as an Excel workbook."""
        job = await self.jobs.find(query)
        content = await asyncio.to_thread(workbook, job, results_of(job))
        return Response(content, headers={"Content-Disposition": attachment(workbook_name(job))}, media_type=MEDIA_TYPE)

    @routing.get(
        "/jobs/{job_id}/history",
        summary=messages.GET_HISTORY,
        description=messages.GET_HISTORY_DESCRIPTION,
        responses=_FOUND,
    )
    async def get_job_history(
        self,
        query: RequestedJob,
        language: RequestLanguage,
        response: Response,
        limit: Limit = 1000,
        skip: Skip = 0,
    ) -> list[HistoryEntry]:
        """Return the events of a job in order. By default all of any honest job: an attempt has about 15."""
        response.headers["Vary"] = "Accept-Language"
        return list(await self.history.of(await self.jobs.find(query), skip, limit, language))
