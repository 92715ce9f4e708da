from uuid import UUID

import httpx
import orjson

from california_gold_contracts.jobs import JobSubmitted
from chassis.commands.text_sealing import TextSealing
from chassis.ports.infrastructure import Infrastructure

SCAN = ("scan.dcm", b"DICM", "application/dicom")
FIELDS = (
    *("id", "number", "title", "description", "status", "progress", "file_name", "file_size", "owner_id"),
    *("created_at", "updated_at", "results_payload", "results_parsed_at", "failure"),
)


async def bytes_under(infrastructure: Infrastructure, prefix: str) -> dict[str, bytes]:
    keys = [stored.key async for stored in infrastructure.objects.list(prefix)]
    return {key: b"".join([piece async for piece in infrastructure.objects.open(key)]) for key in keys}


async def test_a_job_is_created_with_its_file(owner: httpx.AsyncClient):
    answer = await owner.post("/jobs", data={"title": "CT", "description": "chest"}, files={"file": SCAN})
    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"0"'
    assert tuple(job) == FIELDS
    assert UUID(job["id"])
    assert job["created_at"].endswith("Z")
    assert {name: job[name] for name in ("title", "description", "status", "file_name", "file_size", "owner_id")} == {
        "title": "CT",
        "description": "chest",
        "status": "queued",
        "file_name": "scan.dcm",
        "file_size": 4,
        "owner_id": 1,
    }
    assert (job["updated_at"], job["results_payload"], job["results_parsed_at"]) == (None, None, None)


async def test_the_object_key_does_not_contain_the_file_name(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    job = (await owner.post("/jobs", files={"file": ("Иванов.dcm", b"DICM", "application/dicom")})).json()
    stored = await bytes_under(infrastructure, "")
    assert list(stored.values()) == [b"DICM"]
    assert next(iter(stored)).startswith(f"jobs/1/{job['id']}/")
    assert "Иванов" not in next(iter(stored))
    assert job["title"] == job["file_name"] == "Иванов.dcm"


async def test_the_event_describes_the_uploaded_file(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    job = (await owner.post("/jobs", files={"file": SCAN})).json()
    (stored,) = await infrastructure.events.read(f"job-{job['id']}")
    (opened,) = await TextSealing(infrastructure.text_keys).opened([stored])
    event = JobSubmitted.model_validate_json(opened.data)
    assert event.input is not None
    assert (event.input.size, event.input.name, event.input.content_type) == (4, "scan.dcm", "application/dicom")
    assert await bytes_under(infrastructure, event.input.object_key) == {event.input.object_key: b"DICM"}


async def test_the_recorded_source_is_a_uri_reference_of_the_service(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    job = (await owner.post("/jobs")).json()
    for stream in (f"job-{job['id']}", "jobnumber-sequence"):
        (stored,) = await infrastructure.events.read(stream)
        assert orjson.loads(stored.metadata)["source"] == "/california-gold/jobs-command"


async def test_every_field_and_the_file_are_optional(owner: httpx.AsyncClient):
    answers = [
        await owner.post("/jobs"),
        await owner.post("/jobs", data={"title": "CT"}),
        await owner.post("/jobs", files={"title": (None, "CT")}),
        await owner.post("/jobs", data={"title": "  "}),
    ]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert [answer.json()["title"] for answer in answers] == [None, "CT", "CT", None]
    assert {answer.json()["file_name"] for answer in answers} == {None}


async def test_fields_may_follow_the_file(owner: httpx.AsyncClient):
    answer = await owner.post("/jobs", files=[("file", SCAN), ("title", (None, "CT"))])
    assert answer.json()["title"] == "CT"


async def test_a_form_field_overrides_the_query_parameter(owner: httpx.AsyncClient):
    query = {"title": "query", "description": "query"}
    job = (await owner.post("/jobs", params=query, data={"title": "form"}, files={"file": SCAN})).json()
    assert (job["title"], job["description"]) == ("form", "query")


async def test_the_file_name_is_the_last_segment_of_a_path(owner: httpx.AsyncClient):
    names = ["../../etc/passwd", "C:\\scans\\scan.zip", "/absolute/scan.zip"]
    jobs = [(await owner.post("/jobs", files={"file": (name, b"x")})).json() for name in names]
    assert [job["file_name"] for job in jobs] == ["passwd", "scan.zip", "scan.zip"]


async def test_numbers_count_over_all_owners(owner: httpx.AsyncClient, other_user: httpx.AsyncClient):
    answers = [await owner.post("/jobs"), await other_user.post("/jobs"), await owner.post("/jobs")]
    assert [answer.json()["number"] for answer in answers] == [1, 2, 3]


async def test_a_repeated_idempotency_key_creates_one_job_and_one_object(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    first = await owner.post("/jobs", files={"file": SCAN}, headers={"Idempotency-Key": "key-1"})
    again = await owner.post("/jobs", files={"file": SCAN}, headers={"Idempotency-Key": "key-1"})
    assert first.json() == again.json()
    assert len(await bytes_under(infrastructure, "jobs/")) == 1
    assert len(await infrastructure.events.read(f"job-{first.json()['id']}")) == 1


async def test_a_file_whose_key_is_used_for_another_file_is_not_kept(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    key = {"Idempotency-Key": "key-1"}
    await owner.post("/jobs", files={"file": SCAN}, headers=key)
    refused = await owner.post("/jobs", files={"file": ("scan.dcm", b"OTHER", "application/dicom")}, headers=key)
    assert refused.status_code == 422
    assert list((await bytes_under(infrastructure, "jobs/")).values()) == [b"DICM"]
    assert len(await infrastructure.events.read("jobnumber-sequence")) == 1


async def test_one_idempotency_key_of_two_users_creates_two_jobs(
    owner: httpx.AsyncClient, other_user: httpx.AsyncClient
):
    key = {"Idempotency-Key": "1"}
    ids = {(await client.post("/jobs", headers=key)).json()["id"] for client in (owner, other_user)}
    assert len(ids) == 2
