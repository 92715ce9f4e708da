"""A small installation in a data folder, and what `california-gold doctor --json` says of it."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from california_gold_contracts import jobs
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.messaging.parking import PARKED
from chassis.ports.event_store import NO_STREAM
from chassis.ports.message_bus import Message
from identity.application.signing_keys import FIRST_KEY_SUBJECT

Run = Callable[..., tuple[int, str]]


class Checked(NamedTuple):
    """A line of the doctor."""

    state: str
    seen: str
    advice: str


def doctor(run: Run) -> tuple[int, Mapping[str, Checked]]:
    """Return the exit code and the lines by the names of the checks."""
    code, printed = run("doctor", "--json")
    answer = json.loads(printed)
    assert answer["well"] is (code == 0)
    return code, {line.pop("name"): Checked(**line) for line in answer["checks"]}


async def install(folder: Path, *, at: datetime | None = None, with_key: bool = True) -> None:
    """Make a data folder with one event, one key, one object, one message and one table of documents."""
    async with embedded(folder) as infrastructure:
        job = uuid4()
        submitted = jobs.JobSubmitted(job_id=job, number=1, owner_id=1, title="CT", description=None, input=None)
        context = CommandContext(uuid4(), "user:1", "request-1")
        recorder = Recorder("jobs-command", at or datetime.now(UTC) - timedelta(minutes=1))
        await infrastructure.events.append(
            f"job-{job}", recorder.record([submitted], context, f"job-{job}", None), NO_STREAM
        )
        if with_key:
            await infrastructure.keys.key_for(FIRST_KEY_SUBJECT)
        await infrastructure.objects.put("files/1/an-object", _bytes(), "application/dicom")
        await infrastructure.bus.publish([Message("a-topic", "key", b"{}", ())])
        await infrastructure.documents.find(PARKED, {}, order="order")  # makes the table and its indexes


async def _bytes() -> AsyncIterator[bytes]:
    yield b"some bytes"
