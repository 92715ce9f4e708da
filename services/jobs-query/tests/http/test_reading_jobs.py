"""Reading one job, and pages of jobs."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx

from california_gold_contracts.jobs import AnalysisStarted, JobDeleted, JobDescribed

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]


async def test_a_job_is_read_by_id_and_by_number(owner: httpx.AsyncClient, submit: Submit):
    job_id = await submit()
    by_id, by_number = await owner.get(f"/jobs/{job_id}"), await owner.get("/jobs/1")
    assert (by_id.status_code, by_id.json()["id"], by_id.headers["etag"]) == (200, str(job_id), '"0"')
    assert by_id.content == by_number.content


async def test_the_list_consists_of_the_same_bytes_newest_first(owner: httpx.AsyncClient, submit: Submit):
    ids = [await submit(title=f"job {number}") for number in range(3)]
    single = [(await owner.get(f"/jobs/{job_id}")).text for job_id in reversed(ids)]
    assert (await owner.get("/jobs")).text == f"[{','.join(single)}]"


async def test_pages_have_neither_gaps_nor_duplicates(owner: httpx.AsyncClient, submit: Submit):
    for _ in range(5):
        await submit()
    pages = [(await owner.get("/jobs", params={"skip": skip, "limit": 2})).json() for skip in (0, 2, 4, 6)]
    assert [[job["number"] for job in page] for page in pages] == [[5, 4], [3, 2], [1], []]


async def test_a_changed_job_keeps_its_position_in_the_list(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    first, _ = await submit(), await submit()
    await project(first, JobDescribed(job_id=first, title="changed", description=None))
    assert [job["title"] for job in (await owner.get("/jobs")).json()] == ["CT", "changed"]


async def test_the_list_has_the_callers_jobs_only(
    owner: httpx.AsyncClient, stranger: httpx.AsyncClient, submit: Submit
):
    mine, theirs = await submit(), await submit(owner_id=2)
    assert [job["id"] for job in (await owner.get("/jobs")).json()] == [str(mine)]
    assert [job["id"] for job in (await stranger.get("/jobs")).json()] == [str(theirs)]


async def test_limits_out_of_range_are_refused(owner: httpx.AsyncClient):
    for query in ("limit=0", "limit=1001", "limit=-1", "skip=-1", "limit=x", "limit=1e3", "skip=9223372036854775808"):
        assert (await owner.get(f"/jobs?{query}")).status_code == 422, query
    assert (await owner.get("/jobs?limit=1000&skip=9223372036854775807")).json() == []


async def test_a_deleted_job_is_not_found(owner: httpx.AsyncClient, submit: Submit, project: RecordEvents):
    job_id = await submit()
    await project(job_id, JobDeleted(job_id=job_id))
    for path in (f"/jobs/{job_id}", "/jobs/1", f"/jobs/{job_id}/history"):
        answer = await owner.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Задание не найдено"})
    assert (await owner.get("/jobs")).json() == []


async def test_an_unchanged_job_is_answered_with_304(owner: httpx.AsyncClient, submit: Submit, project: RecordEvents):
    job_id = await submit()
    tag = (await owner.get(f"/jobs/{job_id}")).headers["etag"]
    unchanged = await owner.get(f"/jobs/{job_id}", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert unchanged.headers["cache-control"] == "private, no-cache"
    assert (await owner.get("/jobs")).headers["cache-control"] == "no-store"
    await project(job_id, AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1"))
    assert (await owner.get(f"/jobs/{job_id}", headers={"If-None-Match": tag})).json()["status"] == "processing"


async def test_a_read_waits_for_the_requested_revision(owner: httpx.AsyncClient, submit: Submit, record: RecordEvents):
    job_id = await submit()
    await record(job_id, JobDescribed(job_id=job_id, title="changed", description=None))
    answer = await owner.get(f"/jobs/{job_id}", headers={"X-Min-Revision": "1"})
    assert (answer.json()["title"], answer.headers["etag"]) == ("changed", '"1"')


async def test_a_revision_that_is_not_reached_in_time_is_a_conflict(owner: httpx.AsyncClient, submit: Submit):
    job_id = await submit()
    answer = await owner.get(f"/jobs/{job_id}", headers={"X-Min-Revision": "5"})
    assert answer.status_code == 409
    assert (await owner.get(f"/jobs/{uuid4()}", headers={"X-Min-Revision": "5"})).status_code == 404
    assert (await owner.get(f"/jobs/{job_id}", headers={"X-Min-Revision": "-1"})).status_code == 422


async def test_an_invalid_job_id_is_refused(owner: httpx.AsyncClient):
    for reference in ("0", "-1", "9223372036854775808", "1.5", "x", "%00", "9" * 5000):
        assert (await owner.get(f"/jobs/{reference}")).status_code == 422, reference[:20]
