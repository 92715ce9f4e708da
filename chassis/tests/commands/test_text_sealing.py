"""Texts of users in events are sealed under their owner's key, and unreadable once it is shredded."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from cryptography.exceptions import InvalidTag

from california_gold_contracts import files, jobs
from california_gold_contracts.catalog import CATALOG, encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.published import golden_sample
from california_gold_contracts.sealed_texts import SEALED_FIELDS, is_sealed, texts
from chassis.adapters.sqlite.key_store import SqliteKeyStore, sqlite_key_store
from chassis.commands.text_sealing import ERASED, TextSealing, key_subject
from chassis.ports.key_store import KeyShredded

JOB, OWNER, CANARY = UUID(int=1), 7, "КАНАРЕЙКА-4711"
INPUT = jobs.JobInput(object_key="jobs/7/x/y", name=CANARY, size=1, sha256="00", content_type=CANARY)
EVENTS: list[Event] = [
    jobs.JobSubmitted(job_id=JOB, number=1, owner_id=OWNER, title=CANARY, description=CANARY, input=INPUT),
    jobs.JobSubmitted(job_id=JOB, number=1, owner_id=OWNER, title=None, description=None, input=None),
    jobs.JobDescribed(job_id=JOB, title=CANARY, description=CANARY),
    jobs.JobDescribed(job_id=JOB, title=CANARY, description=None),
    jobs.JobInputAttached(job_id=JOB, attempt=1, input=INPUT),
    files.FileStored(
        file_id=JOB,
        owner_id=OWNER,
        bucket=CANARY,
        name=CANARY,
        size=1,
        sha256="00",
        content_type=CANARY,
        object_key="files/7/x",
    ),
    jobs.JobCancelled(job_id=JOB, attempt=1),
]


@pytest.fixture
async def keys(tmp_path: Path) -> AsyncGenerator[SqliteKeyStore]:
    async with sqlite_key_store(tmp_path / "keys.db") as store:
        yield store


@pytest.fixture
def sealing(keys: SqliteKeyStore) -> TextSealing:
    return TextSealing(keys)


def envelope(wire_type: str, data: bytes) -> Envelope:
    return Envelope(uuid4(), wire_type, "/tests", str(JOB), datetime.now(UTC), data)


async def sealed(sealing: TextSealing, event: Event, owner_id: int = OWNER) -> Envelope:
    seal = await sealing.sealer(owner_id)
    return envelope(event.wire_type, seal(event.wire_type, encode(event)))


@pytest.mark.parametrize("event", EVENTS)
async def test_a_sealed_event_opens_to_the_same_event_and_shows_no_text(sealing: TextSealing, event: Event) -> None:
    stored = await sealed(sealing, event)
    (opened,) = await sealing.opened([stored])

    assert CANARY not in repr(orjson.loads(stored.data))
    assert CATALOG.decode(opened.type, opened.data) == event


@pytest.mark.parametrize("event", EVENTS[:6])
async def test_the_texts_of_a_deleted_account_are_erased(
    sealing: TextSealing, keys: SqliteKeyStore, event: Event
) -> None:
    stored = await sealed(sealing, event)
    await keys.shred(key_subject(OWNER))
    (opened,) = await sealing.opened([stored])

    assert CANARY not in repr(orjson.loads(opened.data))
    found = {text for _, _, text in texts(opened.type, orjson.loads(opened.data))}
    assert found <= {ERASED}
    assert CATALOG.decode(opened.type, opened.data)


async def test_texts_of_a_deleted_account_cannot_be_sealed(sealing: TextSealing, keys: SqliteKeyStore) -> None:
    await keys.shred(key_subject(OWNER))
    with pytest.raises(KeyShredded):
        await sealing.sealer(OWNER)


async def test_events_of_several_owners_are_opened_together(sealing: TextSealing, keys: SqliteKeyStore) -> None:
    described = [jobs.JobDescribed(job_id=JOB, title=f"title of {owner}", description=None) for owner in range(5)]
    stored = [await sealed(sealing, event, owner) for owner, event in enumerate(described)]
    await keys.shred(key_subject(3))
    opened = await sealing.opened([*stored, envelope(jobs.JobDeleted.wire_type, b"{}")])

    titles = [orjson.loads(event.data).get("title") for event in opened]
    assert titles == ["title of 0", "title of 1", "title of 2", ERASED, "title of 4", None]


async def test_a_text_is_bound_to_its_field(sealing: TextSealing) -> None:
    stored = await sealed(sealing, jobs.JobDescribed(job_id=JOB, title="a", description="b"))
    data = orjson.loads(stored.data)
    data["title"], data["description"] = data["description"], data["title"]
    with pytest.raises(InvalidTag):
        await sealing.opened([replace(stored, data=orjson.dumps(data))])


@pytest.mark.parametrize("text", ["sealed:7:", "sealed:7:AAAA", "sealed:", "plain"])
async def test_events_of_version_1_keep_their_plain_texts(sealing: TextSealing, text: str) -> None:
    data = orjson.dumps({"job_id": str(JOB), "title": text, "description": None})
    (opened,) = await sealing.opened([envelope("jobs.job-described.v1", data)])

    event = CATALOG.decode(opened.type, opened.data)
    assert event == jobs.JobDescribed(job_id=JOB, title=text, description=None)


@pytest.mark.parametrize("wire_type", SEALED_FIELDS)
def test_the_golden_samples_are_sealed(wire_type: str) -> None:
    found = [text for _, _, text in texts(wire_type, orjson.loads(golden_sample(wire_type)))]

    assert found
    assert all(map(is_sealed, found))
