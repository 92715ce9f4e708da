"""What the owner of a job writes is sealed in its events, and plain in the answers to the owner."""

import httpx
import orjson

from california_gold_contracts.sealed_texts import parsed, texts
from chassis.commands.text_sealing import key_subject
from chassis.ports.infrastructure import Infrastructure
from testkit.served import Served

OWNER, CANARY = 1, "KANARYA4711"
FILE = (f"{CANARY}.zip", b"DICM", f"image/{CANARY}")


async def stored_texts(infrastructure: Infrastructure, job_id: str) -> list[str]:
    events = await infrastructure.events.read(f"job-{job_id}")
    assert not [event for event in events if CANARY.encode() in event.data + event.metadata]
    return [text for event in events for _, _, text in texts(event.type, orjson.loads(event.data))]


async def test_every_text_of_a_job_is_sealed_for_its_owner(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    job = (await owner.post("/jobs", data={"description": CANARY})).json()
    await owner.put(f"/jobs/{job['id']}/file", files={"file": FILE})
    changed = await owner.put(f"/jobs/{job['id']}", json={"title": f"{CANARY} again"})

    found = await stored_texts(infrastructure, job["id"])
    assert len(found) == 7
    assert all((sealed := parsed(text)) and sealed[0] == OWNER for text in found)
    shown = changed.json()
    assert (shown["title"], shown["description"], shown["file_name"]) == (f"{CANARY} again", CANARY, FILE[0])


async def test_a_text_is_not_stored_again_when_it_stays_the_same(
    owner: httpx.AsyncClient, service: Served, infrastructure: Infrastructure
):
    job = (await owner.post("/jobs", data={"title": CANARY})).json()
    for _ in range(2):
        answer = await owner.put(f"/jobs/{job['id']}", json={"title": CANARY})
        assert answer.headers["etag"] == '"0"'


async def test_an_owner_whose_key_is_shredded_is_not_signed_in_any_more(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    job = (await owner.post("/jobs", data={"title": CANARY})).json()
    await infrastructure.text_keys.shred(key_subject(OWNER))
    refused = [
        await owner.post("/jobs", data={"title": CANARY}, files={"file": FILE}),
        await owner.put(f"/jobs/{job['id']}/file", files={"file": FILE}),
        await owner.put(f"/jobs/{job['id']}", json={"title": "other"}),
    ]
    assert [answer.status_code for answer in refused] == [401] * 3
    assert refused[0].headers["www-authenticate"] == "Bearer"
    assert [stored.key async for stored in infrastructure.objects.list("")] == []
    assert len(await infrastructure.events.read(f"job-{job['id']}")) == 1


async def test_the_audit_shows_no_sealed_text(service: Served, owner: httpx.AsyncClient):
    job = (await owner.post("/jobs", data={"title": CANARY}, files={"file": FILE})).json()
    administrator = await service.client(9, admin=True)
    answer = await administrator.get(f"/audit/job/{job['id']}")

    assert answer.status_code == 200
    assert CANARY not in answer.text
    assert "sealed:" not in answer.text
    state = answer.json()["state"]
    assert (state["title"], state["input"]["name"], state["owner_id"]) == ("(hidden)", "(hidden)", OWNER)
