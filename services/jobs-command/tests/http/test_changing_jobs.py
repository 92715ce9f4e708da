import httpx
import pytest

from chassis.ports.infrastructure import Infrastructure


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


async def test_what_is_not_sent_stays(owner: httpx.AsyncClient, job: str):
    await owner.put(f"/jobs/{job}", json={"description": "chest"})
    answer = await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    assert [answer.json()[name] for name in ("title", "description", "status")] == ["CT", "chest", "cancelled"]


async def test_nothing_sent_changes_nothing(owner: httpx.AsyncClient, job: str):
    answer = await owner.put(f"/jobs/{job}", json={})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')


async def test_an_empty_title_gives_the_name_of_the_file_back(owner: httpx.AsyncClient, job: str):
    assert (await owner.put(f"/jobs/{job}", json={"title": ""})).json()["title"] == "scan.zip"


async def test_a_forbidden_transition_is_400_and_changes_nothing(
    owner: httpx.AsyncClient, job: str, infrastructure: Infrastructure
):
    await owner.put(f"/jobs/{job}", json={"status": "completed"})
    answer = await owner.put(f"/jobs/{job}", json={"title": "MR", "status": "failed"})
    assert answer.status_code == 400
    assert answer.json() == {"detail": "Нельзя изменить статус задания с «completed» на «failed»"}
    assert len(await infrastructure.events.read(f"job-{job}")) == 2


async def test_a_job_is_named_by_its_number_too(owner: httpx.AsyncClient, job: str):
    assert (await owner.put("/jobs/1", json={"title": "MR"})).json()["id"] == job
    assert (await owner.delete("/jobs/1")).status_code == 200


async def test_a_repeated_key_changes_once(owner: httpx.AsyncClient, job: str):
    key = {"Idempotency-Key": "again"}
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    first = await owner.put(f"/jobs/{job}", json={"status": "queued"}, headers=key)
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    again = await owner.put(f"/jobs/{job}", json={"status": "queued"}, headers=key)
    assert (first.json()["status"], again.json()["status"]) == ("queued", "cancelled")


async def test_a_waiting_job_gets_its_file(owner: httpx.AsyncClient, waiting: str):
    answer = await owner.put(f"/jobs/{waiting}/file", files={"file": ("scan.zip", b"PK")})
    assert answer.status_code == 200
    assert [answer.json()[name] for name in ("file_name", "file_size", "title")] == ["scan.zip", 2, "scan.zip"]


async def test_a_file_that_is_refused_leaves_the_first_one_alone(
    owner: httpx.AsyncClient, job: str, infrastructure: Infrastructure
):
    answer = await owner.put(f"/jobs/{job}/file", files={"file": ("other.zip", b"other")})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Задание уже содержит файл"})
    assert [stored.size async for stored in infrastructure.objects.list("jobs/")] == [2]


async def test_a_file_sent_again_under_its_key_is_attached_once(
    owner: httpx.AsyncClient, waiting: str, infrastructure: Infrastructure
):
    key = {"Idempotency-Key": "file"}
    files = {"file": ("scan.zip", b"PK")}
    answers = [await owner.put(f"/jobs/{waiting}/file", files=files, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len([stored async for stored in infrastructure.objects.list("jobs/")]) == 1


async def test_a_deleted_job_is_gone(owner: httpx.AsyncClient, job: str):
    answer = await owner.delete(f"/jobs/{job}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Задание успешно удалено"})
    assert (await owner.delete(f"/jobs/{job}")).status_code == 404
    assert (await owner.put(f"/jobs/{job}", json={"title": "MR"})).status_code == 404
