"""The live statistics of the running product."""

from functools import partial

from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api, Json, expect

OWN = {"queued": 0, "processing": 0, "completed": 0, "failed": 2, "cancelled": 0}


async def statistics_of(account: Account) -> Json | None:
    """Return the statistics when they include both jobs."""
    answer = expect(await account.http.get("/stats"), 200)
    return answer if answer["jobs"]["failed"] == 2 else None


async def test_statistics_count_the_own_jobs_by_status(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        jobs = [await account.submit(text_zip) for _ in range(2)]
        for job in jobs:
            await account.until_ended(job["id"])
        answer = await eventually(partial(statistics_of, account), within=30)
        refused = await account.http.get("/stats", params={"scope": "system"})

    assert answer is not None
    assert answer["jobs"] == OWN
    hour = answer["windows"]["last_hour"]
    assert (hour["submitted"], hour["failed"], hour["failures_by_reason"]) == (2, 2, {"NO_IMAGE": 2})
    assert hour["waiting_seconds"]["count"] == hour["running_seconds"]["count"] == 2
    assert answer["counted_until"] >= jobs[0]["created_at"]
    assert refused.status_code == 403
