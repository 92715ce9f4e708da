"""The README's example: an upload, its analysis as a socket tells it, and everything that can be read of it then."""

from tests.e2e.api_client import Account, Api, Json, expect, messages_until_ended


async def run_readme_example(api: Api, account: Account, archive: bytes) -> Json:
    """Submit a series with one lesion, and assert what is told and read of it; return the job."""
    job = await account.submit(archive, title="CT Scan Analysis")
    async with api.socket(job["id"]) as socket:
        received = await messages_until_ended(socket)
    results = expect(await account.http.get(f"/jobs/{job['id']}/results"), 200)["results"]
    artifacts = expect(await account.http.get(f"/jobs/{job['id']}/artifacts"), 200)
    history = expect(await account.http.get(f"/jobs/{job['id']}/history"), 200)
    statistics = expect(await account.http.get("/stats"), 200)

    assert received[-1]["job"]["status"] == "completed"
    assert results["summary"]["lesions_count"] == 1
    assert history[-1]["type"] == "jobs.analysis-completed.v1"
    assert "mask.nii.gz" in {artifact["name"] for artifact in artifacts}
    assert statistics
    return await account.job(job["id"])
