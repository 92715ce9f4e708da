from uuid import UUID, uuid4

import httpx
import pytest

from california_gold_contracts.jobs import JobDescribed
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.ports.infrastructure import Infrastructure
from jobs_command.domain.job import MAX_CHANGES


@pytest.fixture
async def job(owner: httpx.AsyncClient) -> str:
    files = {"file": ("scan.zip", b"PK", "application/zip")}
    return (await owner.post("/jobs", data={"title": "CT"}, files=files)).json()["id"]


@pytest.fixture
async def waiting(owner: httpx.AsyncClient) -> str:
    return (await owner.post("/jobs")).json()["id"]


async def test_texts_are_changed_and_the_answer_shows_it(owner: httpx.AsyncClient, job: str):
    answer = await owner.put(f"/jobs/{job}", json={"title": "MR", "description": "line 1\nline 2"})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["description"]) == ("MR", "line 1\nline 2")
    assert answer.json()["updated_at"] >= answer.json()["created_at"]
    assert answer.headers["etag"] == '"1"'


async def test_fields_that_are_not_sent_stay(owner: httpx.AsyncClient, job: str):
    await owner.put(f"/jobs/{job}", json={"description": "chest"})
    answer = await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    assert [answer.json()[name] for name in ("title", "description", "status")] == ["CT", "chest", "cancelled"]


async def test_an_empty_change_changes_nothing(owner: httpx.AsyncClient, job: str):
    answer = await owner.put(f"/jobs/{job}", json={})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')


async def test_an_empty_title_is_replaced_by_the_file_name(owner: httpx.AsyncClient, job: str):
    assert (await owner.put(f"/jobs/{job}", json={"title": ""})).json()["title"] == "scan.zip"


async def test_a_forbidden_transition_is_400_and_changes_nothing(
    owner: httpx.AsyncClient, job: str, infrastructure: Infrastructure
):
    await owner.put(f"/jobs/{job}", json={"status": "completed"})
    answer = await owner.put(f"/jobs/{job}", json={"title": "MR", "status": "failed"})
    assert answer.status_code == 400
    assert answer.json() == {"detail": "Нельзя изменить статус задания с «completed» на «failed»"}
    assert len(await infrastructure.events.read(f"job-{job}")) == 2


async def test_answers_are_in_english_when_the_client_prefers_it(owner: httpx.AsyncClient, job: str):
    owner.headers["Accept-Language"] = "en"
    await owner.put(f"/jobs/{job}", json={"status": "completed"})
    forbidden = await owner.put(f"/jobs/{job}", json={"status": "failed"})
    assert forbidden.json() == {"detail": "The status of a job can't be changed from “completed” to “failed”"}
    invalid = await owner.put(f"/jobs/{job}", json={"title": "a\x07b"})
    assert [error["msg"] for error in invalid.json()["detail"]] == ["Control characters are not allowed"]
    assert (await owner.delete(f"/jobs/{job}")).json() == {"message": "The job has been deleted"}
    assert (await owner.delete(f"/jobs/{job}")).json() == {"detail": "The job is not found"}


async def test_a_job_can_be_addressed_by_its_number(owner: httpx.AsyncClient, job: str):
    assert (await owner.put("/jobs/1", json={"title": "MR"})).json()["id"] == job
    assert (await owner.delete("/jobs/1")).status_code == 200


async def test_a_repeated_idempotency_key_changes_once(owner: httpx.AsyncClient, job: str):
    key = {"Idempotency-Key": "again"}
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    first = await owner.put(f"/jobs/{job}", json={"status": "queued"}, headers=key)
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    again = await owner.put(f"/jobs/{job}", json={"status": "queued"}, headers=key)
    assert (first.json()["status"], again.json()["status"]) == ("queued", "cancelled")


async def test_a_file_is_attached_to_a_waiting_job(owner: httpx.AsyncClient, waiting: str):
    answer = await owner.put(f"/jobs/{waiting}/file", files={"file": ("scan.zip", b"PK")})
    assert answer.status_code == 200
    assert [answer.json()[name] for name in ("file_name", "file_size", "title")] == ["scan.zip", 2, "scan.zip"]


async def test_a_refused_file_leaves_the_first_one(owner: httpx.AsyncClient, job: str, infrastructure: Infrastructure):
    answer = await owner.put(f"/jobs/{job}/file", files={"file": ("other.zip", b"other")})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Задание уже содержит файл"})
    assert [stored.size async for stored in infrastructure.objects.list("jobs/")] == [2]


async def test_a_repeated_idempotency_key_attaches_one_file(
    owner: httpx.AsyncClient, waiting: str, infrastructure: Infrastructure
):
    key = {"Idempotency-Key": "file"}
    files = {"file": ("scan.zip", b"PK")}
    answers = [await owner.put(f"/jobs/{waiting}/file", files=files, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len([stored async for stored in infrastructure.objects.list("jobs/")]) == 1


async def test_a_deleted_job_is_not_found(owner: httpx.AsyncClient, job: str):
    answer = await owner.delete(f"/jobs/{job}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Задание успешно удалено"})
    assert (await owner.delete(f"/jobs/{job}")).status_code == 404
    assert (await owner.put(f"/jobs/{job}", json={"title": "MR"})).status_code == 404


async def test_a_change_beyond_the_limit_is_refused_with_a_sentence(
    owner: httpx.AsyncClient, job: str, infrastructure: Infrastructure
):
    stream = f"job-{job}"
    changes = [JobDescribed(job_id=UUID(job), title=str(number), description=None) for number in range(MAX_CHANGES)]
    recorder = Recorder("/tests", infrastructure.clock.now())
    last = await infrastructure.events.last(stream)
    recorded = recorder.record(changes, CommandContext(uuid4(), "user:1", "c"), stream, last)
    await infrastructure.events.append(stream, recorded, 0)
    answer = await owner.put(f"/jobs/{job}", json={"title": "once more"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Задание изменено уже 500 раз: создайте новое"})
