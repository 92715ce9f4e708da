"""Lists of the jobs of a status, or with a text."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest

from california_gold_contracts.jobs import AnalysisCompleted, AnalysisStarted, JobCancelled, JobDescribed, JobInput

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]


async def listed(client: httpx.AsyncClient, **query: object) -> list[int]:
    """Return the numbers of the listed jobs."""
    answer = await client.get("/jobs", params=query)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 200, answer.text
    return [job["number"] for job in answer.json()]


async def test_a_list_has_the_jobs_of_one_status_or_of_several(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    _, started, cancelled = await submit(), await submit(), await submit()
    await project(started, AnalysisStarted(job_id=started, attempt=1, analyzer="analyzer/1"))
    await project(cancelled, JobCancelled(job_id=cancelled, attempt=1))

    assert await listed(owner, status="queued") == [1]
    assert await listed(owner, status=["queued", "cancelled"]) == [3, 1]
    assert await listed(owner, status="failed") == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("chest", [3, 1]),
        ("CHEST", [3, 1]),
        (" Грудная клетка ", [2]),
        ("грудная", [2]),
        ("scan.zip", [4]),
        ("и\u0306", [2]),
        ("%", []),
        (".*", []),
        ("2", [2]),
        ("#2", [2]),
        ("", [4, 3, 2, 1]),
        (" ", [4, 3, 2, 1]),
        ("lesion", []),
    ],
)
async def test_a_text_is_found_in_title_description_and_file_name_and_a_number_whole(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, search: str, found: list[int]
):
    await submit(title="Chest CT")
    second = await submit(title="Грудная клетка")
    third = await submit()
    await submit(
        title="x", job_input=JobInput(object_key="k", name="Scan.zip", size=1, sha256="0" * 64, content_type="")
    )
    await project(second, JobDescribed(job_id=second, title="Грудная клетка", description="первый снимок: мой"))
    await project(
        third,
        JobDescribed(job_id=third, title="CT", description="of the chest"),
        AnalysisCompleted(job_id=third, attempt=1, results={"type": "lesion"}, artifacts=()),
    )

    assert await listed(owner, search=search) == found


async def test_the_uuid_of_a_job_finds_it(owner: httpx.AsyncClient, submit: Submit):
    await submit()
    second = await submit()
    assert await listed(owner, search=str(second).upper()) == [2]


async def test_a_filtered_list_has_the_same_bytes_and_pages(owner: httpx.AsyncClient, submit: Submit):
    ids = [await submit(title='a ","results_payload":\\') for _ in range(5)]
    await submit(title="b")
    single = [(await owner.get(f"/jobs/{job_id}")).text for job_id in reversed(ids)]
    assert (await owner.get("/jobs?search=results_payload")).text == f"[{','.join(single)}]"
    assert [await listed(owner, search="a", skip=skip, limit=2) for skip in (0, 2, 4, 6)] == [[5, 4], [3, 2], [1], []]


async def test_status_and_text_both_hold(owner: httpx.AsyncClient, submit: Submit, project: RecordEvents):
    first, second = await submit(title="a"), await submit(title="b")
    for job in (first, second):
        await project(job, JobCancelled(job_id=job, attempt=1))
    await submit(title="a")
    assert await listed(owner, status="cancelled", search="a") == [1]


async def test_a_search_finds_the_callers_jobs_only(
    owner: httpx.AsyncClient, stranger: httpx.AsyncClient, submit: Submit
):
    mine = await submit(title="secret")
    assert await listed(stranger, search="secret") == []
    assert await listed(stranger, search=str(mine)) == []
    assert await listed(stranger, search="1") == []
    assert await listed(owner, search="secret") == [1]


async def test_an_unknown_status_and_a_long_text_are_refused(owner: httpx.AsyncClient):
    for query in ("status=done", "status=", "status=queued&status=x", "search=" + "a" * 256):
        assert (await owner.get(f"/jobs?{query}")).status_code == 422, query
