"""A replay publishes a range of the log, marked as replayed, to a topic that is not ours."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from california_gold_contracts.envelope import from_message
from california_gold_contracts.jobs import JobDeleted, JobRequeued
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.ports.event_store import NO_STREAM
from chassis.ports.message_bus import ReceivedMessage
from testkit.identity_api import running

Run = Callable[..., tuple[int, str]]
TOPIC = "team.replayed"
JOB = uuid4()


def messages(folder: Path) -> list[ReceivedMessage]:
    async def read() -> list[ReceivedMessage]:
        found: list[ReceivedMessage] = []
        async with embedded(folder) as infrastructure:
            async for batch in infrastructure.bus.follow([TOPIC], from_start=True):
                if not batch:
                    break
                found += batch
        return found

    return asyncio.run(read())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five events of a job, an hour apart, at the positions 1 to 5."""

    async def fill() -> None:
        async with embedded(tmp_path / "data") as infrastructure:
            stream = f"job-{JOB}"
            for hour in range(5):
                previous = await infrastructure.events.last(stream)
                facts = [JobRequeued(job_id=JOB, attempt=hour)] if hour < 4 else [JobDeleted(job_id=JOB)]
                recorder = Recorder("jobs-command", datetime(2024, 5, 17, 10 + hour, tzinfo=UTC))
                recorded = recorder.record(facts, CommandContext(uuid4(), "user:1", "r"), stream, previous)
                await infrastructure.events.append(stream, recorded, previous.revision if previous else NO_STREAM)

    asyncio.run(fill())
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("arguments", "revisions"),
    [
        ((), [0, 1, 2, 3, 4]),
        (("--from", "2", "--to", "4"), [1, 2, 3]),
        (("--from", "2024-05-17T11:30:00Z"), [2, 3, 4]),
        (("--to", "2024-05-17T11:30:00Z"), [0, 1]),
        (("--from", "2024-05-17T11:00:00", "--to", "2"), [1]),
        (("--from", "99"), []),
    ],
)
def test_a_range_is_published_in_order_and_marked_as_replayed(
    run: Run, data: Path, arguments: tuple[str, ...], revisions: list[int]
) -> None:
    code, printed = run("replay", "--to-topic", TOPIC, *arguments)

    found = messages(data)
    assert (code, f"{len(revisions)} events published to {TOPIC}" in printed) == (0, True), printed
    assert [from_message(message.headers, message.value).revision for message in found] == revisions
    assert all(dict(message.headers)["ce_replayed"] == b"true" for message in found)
    assert {message.key for message in found} <= {str(JOB)}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--to-topic", "california-gold.jobs"), 2),
        (("--to-topic", "California-Gold.anything"), 2),
        ((), 2),
        (("--to-topic", TOPIC, "--of", "job,username"), 2),
        (("--to-topic", TOPIC, "--from", "soon"), 2),
    ],
)
def test_own_topics_and_private_events_are_refused(run: Run, data: Path, arguments: tuple[str, ...], code: int) -> None:
    assert run("replay", *arguments)[0] == code
    assert messages(data) == []


def test_accounts_are_replayed_without_personal_data(run: Run, tmp_path: Path) -> None:
    async def register() -> None:
        async with running(tmp_path / "data") as api:
            await api.user("canary-username", email="canary@example.com")

    asyncio.run(register())
    assert run("replay", "--to-topic", TOPIC, "--of", "user")[0] == 0

    (message,) = messages(tmp_path / "data")
    assert message.value == b'{"user_id":1}'
    assert dict(message.headers)["ce_type"] == b"users.user-registered.v1"
