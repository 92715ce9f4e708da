"""Only the owner reads a job."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx

from california_gold_contracts.jobs import AnalysisCompleted, Artifact
from testkit.served import Served

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
StoreArtifact = Callable[..., Awaitable[Artifact]]
SUFFIXES = (
    *("", "/results", "/results.xlsx", "/history", "/file", "/zip-contents", "/zip-info"),
    *("/artifacts", "/artifacts/mask.nii.gz"),
)


async def test_another_users_job_is_not_found(
    service: Served, stranger: httpx.AsyncClient, job_with_file: Submit, project: RecordEvents, artifact: StoreArtifact
):
    job_id = await job_with_file(b"secret", "scan.zip")
    artifacts = (await artifact("mask.nii.gz", b"secret"),)
    await project(job_id, AnalysisCompleted(job_id=job_id, attempt=1, results={"a": 1}, artifacts=artifacts))
    administrator = await service.client(3, admin=True)
    for suffix in SUFFIXES:
        unknown = await stranger.get(f"/jobs/{uuid4()}{suffix}")
        assert (unknown.status_code, unknown.json()) == (404, {"detail": "Задание не найдено"}), suffix
        for client in (stranger, administrator):
            for reference in (job_id, 1):
                answer = await client.get(f"/jobs/{reference}{suffix}")
                assert (answer.status_code, answer.content) == (404, unknown.content), suffix


async def test_nothing_can_be_read_without_a_token(service: Served):
    anonymous = await service.client()
    for path in ("/jobs", *(f"/jobs/1{suffix}" for suffix in SUFFIXES)):
        answer = await anonymous.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
