"""The cycle of the API document, with a real process and a phantom."""

import asyncio
import io
import json
from uuid import UUID, uuid4

import httpx
import numpy as np
from openpyxl import load_workbook

from testkit.images.phantom import small_chest
from tests.e2e.api_client import PASSWORD, Api, expect, messages_until_ended


async def test_a_user_uploads_a_series_follows_its_job_and_reads_the_lesions(api: Api, chest_zip: bytes) -> None:
    truth = small_chest().nodules[0]
    async with api.registered() as account:
        job = await account.submit(chest_zip, title="CT Scan Analysis")
        async with api.socket(job["id"]) as socket:
            received = await messages_until_ended(socket)
        read = expect(await account.http.get(f"/jobs/{job['id']}/results"), 200)

    results = read["results"]
    assert received[-1]["job"] | {"updated_at": ""} == {
        "id": job["id"],
        "status": "completed",
        "progress": 100,
        "updated_at": "",
    }
    assert read["job_id"] == job["id"]
    assert results["summary"]["lesions_count"] == len(results["findings"]) == 1
    assert 0 < results["summary"]["confidence"] <= 1
    found = results["findings"][0]
    position = found["location_lps_mm"]
    assert np.linalg.norm(np.array([position["x"], position["y"], position["z"]]) - np.array(truth.centre_mm)) < 2.0
    assert abs(found["volume"] / truth.volume_mm3 - 1) < 0.25


async def test_the_progress_on_a_socket_never_decreases(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as socket:
            received = [message["job"] for message in await messages_until_ended(socket)]

    order = ["queued", "processing", "completed"]
    progress = [state["progress"] for state in received]
    assert progress == sorted(progress)
    assert [order.index(state["status"]) for state in received] == sorted(
        order.index(state["status"]) for state in received
    )
    assert len(set(progress)) > 3
    assert all(set(state) == {"id", "status", "progress", "updated_at"} for state in received)


async def test_completed_is_sent_only_after_get_serves_the_results(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as socket:
            await messages_until_ended(socket)
            served = await account.job(job["id"])

    assert served["status"] == "completed"
    assert served["results_payload"]["rows"][0]["pathology"] is True


async def test_a_reconnecting_owner_receives_every_missed_state(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(text_zip)
        await account.until_ended(job["id"])
        async with api.socket(job["id"], f"?after=-1&token={account.token}") as socket:
            everything = [message["job"] for message in await messages_until_ended(socket)]
        async with api.socket(job["id"], f"?after={everything[0]['revision']}&token={account.token}") as socket:
            missed = [message["job"] for message in await messages_until_ended(socket)]

    revisions = [state["revision"] for state in everything]
    assert revisions == list(range(len(everything)))
    assert missed == everything[1:]
    assert everything[-1]["failure"]["code"] == "NO_IMAGE"


async def test_an_image_without_an_applicable_strategy_fails_with_the_reason(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.until_ended((await account.submit(text_zip))["id"])

    assert job["status"] == "failed"
    assert job["failure"]["code"] == "NO_IMAGE"
    assert job["failure"]["message"]
    assert job["results_payload"] is None


async def test_an_unknown_job_id_gets_an_error_message(api: Api) -> None:
    unknown = uuid4()
    async with api.socket(unknown) as socket:
        first = json.loads(await socket.recv())

    assert first == {"type": "job.not_found", "job_id": str(unknown)}


async def test_a_job_number_does_not_open_a_socket(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(text_zip)
        async with api.socket(job["number"]) as socket:
            first = json.loads(await socket.recv())

    assert first["type"] == "job.not_found"


async def test_messages_from_a_client_are_ignored(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as noisy, api.socket(job["id"]) as quiet:
            for message in ("ping", "", "{", b"\x00\xff", '{"type": "job.update"}'):
                await noisy.send(message)
            received = await asyncio.gather(messages_until_ended(noisy), messages_until_ended(quiet))

    assert [messages[-1]["job"]["status"] for messages in received] == ["completed", "completed"]


async def test_the_fields_of_the_existing_web_page_are_present(api: Api, chest_zip: bytes) -> None:
    async with api.anonymous() as http:
        name = f"page-{uuid4().hex[:8]}"
        expect(await http.post("/auth/register", json={"username": name, "password": PASSWORD}), 201)
        token = expect(await http.post("/auth/login", json={"username": name, "password": PASSWORD}), 200)
        http.headers["Authorization"] = f"Bearer {token['access_token']}"
        created = expect(await http.post("/jobs", files={"file": ("scan.zip", chest_zip)}), 201)
        read = expect(await http.get(f"/jobs/{created['id']}"), 200)
        async with api.socket(created["id"]) as socket:
            await messages_until_ended(socket)
        job = expect(await http.get(f"/jobs/{created['id']}"), 200)
        workbook = await http.get(f"/jobs/{created['id']}/results.xlsx")

    assert read["title"] == read["file_name"] == "scan.zip"
    assert read["file_size"] == len(chest_zip)
    row = job["results_payload"]["rows"][0]
    assert {"study_uid", "series_uid", "probability_of_pathology", "most_dangerous_pathology_type"} <= set(row)
    assert row["probability_of_pathology"] is None
    assert isinstance(row["probability_of_anomaly"], float)
    assert isinstance(row["time_of_processing"], str)
    assert load_workbook(io.BytesIO(workbook.content)).sheetnames == ["Summary", "Findings", "Metrics"]
    assert "filename" in workbook.headers["Content-Disposition"]


async def test_a_job_without_a_file_waits_until_one_is_attached(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        job = expect(await account.http.post("/jobs", data={"title": "later"}), 201)
        waiting = await account.job(job["id"])
        expect(await account.http.put(f"/jobs/{job['id']}/file", files={"file": ("late.zip", text_zip)}), 200)
        ended = await account.until_ended(job["id"])

    assert (waiting["status"], waiting["file_name"]) == ("queued", None)
    assert (ended["status"], ended["file_name"]) == ("failed", "late.zip")


async def test_a_cancelled_analysis_stays_cancelled(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as socket:
            while json.loads(await socket.recv())["job"]["status"] != "processing":
                pass
            expect(await account.http.put(f"/jobs/{job['id']}", json={"status": "cancelled"}), 200)
            received = await messages_until_ended(socket)
        again = expect(await account.http.put(f"/jobs/{job['id']}", json={"status": "queued"}), 200)
        ended = await account.until_ended(job["id"])

    assert received[-1]["job"]["status"] == "cancelled"
    assert again["status"] in {"queued", "processing", "completed"}  # the analyzer may begin before the answer is read
    assert ended["status"] == "completed"


async def test_a_successor_of_a_deleted_username_inherits_nothing(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        job = await account.submit(text_zip)
        await account.until_ended(job["id"])
        expect(await account.http.post("/upload", files={"file": ("scan.dcm", b"bytes")}), 201)
        expect(await account.http.delete(f"/users/{account.user['id']}"), 200)
        refused = [await account.http.get(path) for path in ("/auth/me", "/jobs", "/files")]
    async with api.registered(account.user["username"]) as successor:
        inherited = await successor.jobs()
        profile = await successor.http.get(f"/users/{account.user['id']}")

    assert [answer.status_code for answer in refused] == [401, 401, 401]
    assert inherited == []
    assert successor.user["id"] != account.user["id"]
    assert profile.status_code == 404


async def test_resources_of_another_user_are_not_found(api: Api, text_zip: bytes) -> None:
    async with api.registered() as owner, api.registered() as stranger:
        job = await owner.submit(text_zip)
        await owner.until_ended(job["id"])
        missing = uuid4()
        for suffix in (
            "",
            "/file",
            "/results",
            "/results.xlsx",
            "/zip-info",
            "/zip-contents",
            "/history",
            "/artifacts",
        ):
            answers = [
                await stranger.http.get(f"/jobs/{which}{suffix}") for which in (job["id"], job["number"], missing)
            ]
            assert [(answer.status_code, answer.json()) for answer in answers] == [
                (404, {"detail": "Задание не найдено"})
            ] * 3
        assert (await stranger.http.delete(f"/jobs/{job['id']}")).status_code == 404
        assert (await stranger.http.put(f"/jobs/{job['id']}", json={"title": "mine"})).status_code == 404
        assert await stranger.jobs() == []


async def test_sixteen_concurrent_sockets_and_jobs_are_served(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        jobs = await asyncio.gather(*(account.submit(text_zip, f"{number}.zip") for number in range(16)))
        sockets = [await api.socket(job["id"]) for job in jobs]
        try:
            health = expect(await account.http.get("/health"), 200)
            received = await asyncio.gather(*(messages_until_ended(socket) for socket in sockets))
        finally:
            await asyncio.gather(*(socket.close() for socket in sockets))

    assert health["status"] == "healthy"
    assert {messages[-1]["job"]["status"] for messages in received} == {"failed"}
    assert len({UUID(job["id"]) for job in jobs}) == 16


async def test_an_equal_upload_of_one_owner_reuses_the_result(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account, api.registered() as other:
        first = await account.until_ended((await account.submit(chest_zip))["id"])
        second = await account.until_ended((await account.submit(chest_zip))["id"])
        theirs = await other.until_ended((await other.submit(chest_zip))["id"])
        artifacts = expect(await account.http.get(f"/jobs/{second['id']}/artifacts"), 200)
        contents = [await account.http.get(artifact["url"]) for artifact in artifacts]

    origins = [job["results_payload"]["provenance"]["reused_from"] for job in (first, second, theirs)]
    assert origins == [None, f"{first['id']}/1", None]
    assert second["results_payload"]["findings"] == first["results_payload"]["findings"]
    assert [len(content.content) for content in contents] == [artifact["size"] for artifact in artifacts]
    assert {artifact["name"] for artifact in artifacts} >= {
        *("image.nii.gz", "mask.nii.gz", "preview.nii.gz"),
        *("segmentation.dcm", "report.dcm", "finding-1.png"),
    }


async def test_errors_have_the_format_of_the_contract(api: Api) -> None:
    async with api.anonymous() as http:
        answers: list[httpx.Response] = [
            await http.get("/jobs"),
            await http.get("/nowhere"),
            await http.patch("/jobs"),
            await http.post("/auth/login", content=b"{", headers={"Content-Type": "application/json"}),
            await http.post("/auth/login", json={"username": "nobody", "password": PASSWORD}),
        ]

    assert [answer.status_code for answer in answers] == [401, 404, 405, 422, 401]
    assert all("detail" in answer.json() for answer in answers)
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert answers[4].json()["detail"] == answers[4].json()["message"] == "Неверное имя пользователя или пароль"
