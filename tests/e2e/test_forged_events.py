"""Forged events on the topics: whoever can write to a topic can neither delete nor open what belongs to others."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from california_gold_contracts import analysis, jobs, topics, users
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import Artifact, JobInput
from chassis.ports.message_bus import Message, MessageBus, ReceivedMessage
from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api
from tests.e2e.product import Product

SECRET = b"the victim's secret scan"


@dataclass
class Forger:
    """Publishes forged events, and finds the groups that parked them."""

    product: Product
    keys: set[str] = field(default_factory=set[str])

    async def forge(self, topic: topics.Topic, key: str, event: Event, stream: str = "", revision: int = -1) -> None:
        """Publish an event that no service has stored."""
        now, source = datetime.now(UTC), f"/california-gold/{topic.owner}"
        data = encode(event)
        forged = Envelope(uuid4(), event.wire_type, source, key, now, data, stream=stream, revision=revision)
        await self.publish(topic, forged)

    async def publish(self, topic: topics.Topic, forged: Envelope) -> None:
        """Publish an event as it is."""
        async with self.product.bus() as bus:
            await bus.publish([Message(topic.name, forged.subject, forged.data, forged.headers())])
        self.keys.add(forged.subject)

    async def published(self, topic: topics.Topic, key: str) -> Envelope:
        """Return the first event of a key, which whoever may read a topic knows."""

        async def first() -> Envelope | None:
            found = [message for message in await self._messages(topic) if message.key == key]
            return from_message(found[0].headers, found[0].value) if found else None

        event = await eventually(first, within=60)
        assert event
        return event

    async def next_revision(self, key: str) -> int:
        """Return the revision that the next event of an ended job would have: one that leaves no gap."""
        return len({dict(each.headers)["ce_id"] for each in await self._messages(topics.JOBS) if each.key == key})

    async def until_parked_by(self, *groups: str) -> None:
        """Wait until each of the groups has parked a forged event, with a line in the log."""

        async def parked() -> bool:
            parked = [message for message in await self._messages(topics.DEAD_LETTERS) if message.key in self.keys]
            return {dict(message.headers)["parked_group"].decode() for message in parked} >= set(groups)

        await eventually(parked, within=90)
        lines = [line for line in self.product.log.splitlines() if "event_unconfirmed" in line]
        assert any(key in line for line in lines for key in self.keys)

    async def _messages(self, topic: topics.Topic) -> Sequence[ReceivedMessage]:
        """Return all messages of a topic."""
        found: list[ReceivedMessage] = []
        async with self.product.bus() as bus, aclosing(_followed(bus, topic)) as batches:
            async for batch in batches:
                if not batch:
                    break
                found += batch
        return found


@pytest.fixture
def forger(product: Product) -> Forger:
    return Forger(product)


@pytest.fixture
async def victim(api: Api) -> AsyncGenerator[Account]:
    async with api.registered() as account:
        uploaded = await account.http.post("/upload", files={"file": ("scan", SECRET)})
        assert uploaded.status_code == 201
        yield account


@pytest.fixture
async def attacker(api: Api) -> AsyncGenerator[Account]:
    async with api.registered() as account:
        yield account


async def test_a_forged_deletion_of_a_user_deletes_nothing(victim: Account, forger: Forger) -> None:
    job, user_id = await victim.submit(SECRET), victim.user["id"]
    stream = f"user-{user_id}"

    await forger.forge(topics.USERS, str(user_id), users.UserDeleted(user_id=user_id), stream, revision=1)

    await forger.until_parked_by("storage", "jobs-command-deletions")
    assert (await victim.http.get("/download/scan")).content == SECRET
    assert (await victim.job(job["id"]))["id"] == job["id"]
    assert (await victim.http.get(f"/jobs/{job['id']}/file")).content == SECRET


async def test_a_real_event_with_another_type_is_no_deletion(victim: Account, forger: Forger) -> None:
    user_id = victim.user["id"]
    registered = await forger.published(topics.USERS, str(user_id))
    deletion = users.UserDeleted(user_id=user_id)

    await forger.publish(topics.USERS, replace(registered, type=deletion.wire_type, data=encode(deletion)))

    await forger.until_parked_by("storage", "jobs-command-deletions")
    assert (await victim.http.get("/download/scan")).content == SECRET


async def test_a_forged_deletion_of_a_job_deletes_nothing(victim: Account, forger: Forger) -> None:
    job = await victim.submit(SECRET)
    ended = await victim.until_ended(job["id"])
    job_id, revision = UUID(job["id"]), await forger.next_revision(job["id"])

    await forger.forge(topics.JOBS, job["id"], jobs.JobDeleted(job_id=job_id), f"job-{job_id}", revision)

    await forger.until_parked_by("jobs-command-deletions", "jobs-query", "analyzer")
    assert await victim.job(job["id"]) == ended
    assert (await victim.http.get(f"/jobs/{job_id}/file")).content == SECRET


async def test_a_forged_result_opens_no_object(victim: Account, attacker: Account, forger: Forger) -> None:
    secret, job = await _key_of_secret(victim, forger), await attacker.submit(b"not an image")
    await attacker.until_ended(job["id"])
    mine, revision = UUID(job["id"]), await forger.next_revision(job["id"])
    theirs = (Artifact(name="stolen", media_type="text/plain", size=1, object_key=secret),)

    forged = analysis.AnalysisCompleted(job_id=mine, attempt=1, results={}, artifacts=theirs)
    await forger.forge(topics.ANALYSIS, str(mine), forged)
    published = jobs.AnalysisCompleted(job_id=mine, attempt=1, results={}, artifacts=theirs)
    await forger.forge(topics.JOBS, str(mine), published, f"job-{mine}", revision)

    await forger.until_parked_by("jobs-command", "jobs-query")
    assert await _statuses(attacker.http, mine) == [404, 200]


async def test_a_forged_submission_opens_no_object(victim: Account, attacker: Account, forger: Forger) -> None:
    secret, forged = await _key_of_secret(victim, forger), uuid4()
    stolen = JobInput(object_key=secret, name="stolen", size=1, sha256="00", content_type="text/plain")
    submitted = jobs.JobSubmitted(
        job_id=forged, number=999_999, owner_id=attacker.user["id"], title="x", description=None, input=stolen
    )

    await forger.forge(topics.JOBS, str(forged), submitted, f"job-{forged}", revision=0)

    await forger.until_parked_by("jobs-query")
    assert await _statuses(attacker.http, forged) == [404, 404]


async def _statuses(http: httpx.AsyncClient, job_id: UUID) -> list[int]:
    """Return how the stolen artifact and the file of a job are answered."""
    paths = (f"/jobs/{job_id}/artifacts/stolen", f"/jobs/{job_id}/file")
    return [(await http.get(path)).status_code for path in paths]


async def _key_of_secret(victim: Account, forger: Forger) -> str:
    """Return the object key of a file of the victim."""
    job = await victim.submit(SECRET)
    submitted = await forger.published(topics.JOBS, job["id"])
    return orjson.loads(submitted.data)["input"]["object_key"]


def _followed(bus: MessageBus, topic: topics.Topic) -> AsyncGenerator[Sequence[ReceivedMessage]]:
    return cast("AsyncGenerator[Sequence[ReceivedMessage]]", bus.follow([topic.name], from_start=True))
