"""The example programs of docs/consuming-events.md, as processes with a real broker."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.topics import apply
from testkit.eventually import eventually
from tests.servers import cache

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
DOCUMENT = (ROOT / "docs" / "consuming-events.md").read_text(encoding="utf-8")
JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
STREAM = f"job-{JOB}"
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{cache.kafka_libraries()}/*"]
PROGRAMS = {
    "follow_jobs.py": [sys.executable, str(EXAMPLES / "follow_jobs.py")],
    "FollowJobs.java": [*JAVA, str(EXAMPLES / "FollowJobs.java")],
}
EXPECTED_LINES = [f"{JOB} is completed, with 1 artifacts", f"{JOB} is deleted"]


@pytest_asyncio.fixture
async def topic(kafka_bootstrap: str) -> str:
    made = Topic(f"jobs-{uuid4().hex}", "tests", "job id", partitions=3)
    await apply(KafkaConnection(kafka_bootstrap), [made], replication=1)
    return made.name


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_consumer_handles_each_event_once(
    program: str, kafka_bootstrap: str, topic: str, tmp_path: Path
) -> None:
    submitted, completed = _event("jobs.job-submitted.v2", 0), _event("jobs.analysis-completed.v1", 3)
    newer, deleted = _event("jobs.job-exploded.v9", 4), _event("jobs.job-deleted.v1", 5)
    foreign = Envelope(uuid4(), "", "", str(JOB), datetime.now(UTC), b"\xff")
    output = tmp_path / "output"

    with _running([*PROGRAMS[program], kafka_bootstrap, topic, f"team-of-{topic}"], output):
        await _send(kafka_bootstrap, topic, [submitted, foreign, completed, completed, newer, submitted, deleted])
        await eventually(lambda: _has_line(output, EXPECTED_LINES[-1]), within=60)
        assert output.read_text(encoding="utf-8").splitlines() == EXPECTED_LINES


async def test_a_consumer_resumes_at_its_offset(kafka_bootstrap: str, topic: str, tmp_path: Path) -> None:
    command = [*PROGRAMS["follow_jobs.py"], kafka_bootstrap, topic, f"team-of-{topic}"]
    await _send(kafka_bootstrap, topic, [_event("jobs.analysis-completed.v1", 3), _event("jobs.job-exploded.v9", 4)])
    with _running(command, tmp_path / "first"):
        # What it says of the second event it says after it has committed the first.
        await eventually(lambda: _has_line(tmp_path / "first.errors", "passed over 1"), within=30)

    with _running(command, tmp_path / "second"):
        await _send(kafka_bootstrap, topic, [_event("jobs.job-deleted.v1", 5)])
        await eventually(lambda: _has_line(tmp_path / "second", EXPECTED_LINES[-1]), within=30)
    assert (tmp_path / "second").read_text(encoding="utf-8").splitlines() == EXPECTED_LINES[-1:]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_documentation_shows_the_tested_program(program: str) -> None:
    assert f"\n{(EXAMPLES / program).read_text(encoding='utf-8')}```\n" in DOCUMENT


def _event(wire_type: str, revision: int) -> Envelope:
    sample = ROOT / "contracts" / "samples" / f"{wire_type}.json"
    data = sample.read_bytes() if sample.exists() else b"{}"
    about = (wire_type, "/california-gold/jobs-command", str(JOB), datetime(2024, 1, 1, tzinfo=UTC), data)
    return Envelope(uuid4(), *about, stream=STREAM, revision=revision)


async def _send(bootstrap: str, topic: str, events: Sequence[Envelope]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=[bootstrap])
    await producer.start()
    for event in events:
        headers = list(event.headers()) if event.type else []
        await producer.send_and_wait(topic, event.data, key=event.subject.encode(), headers=headers)
    await producer.stop()


@contextmanager
def _running(command: Sequence[str], output: Path) -> Generator[None]:
    with output.open("wb") as received, output.with_suffix(".errors").open("wb") as errors:
        process = subprocess.Popen(command, stdout=received, stderr=errors, preexec_fn=_heed_interrupts)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _heed_interrupts() -> None:
    # A shell starts background jobs with SIGINT ignored, and their children inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def _has_line(output: Path, line: str) -> bool:
    return line in await asyncio.to_thread(output.read_text, encoding="utf-8")
