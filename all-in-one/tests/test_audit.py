"""The audit by command line, on a real event store."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import orjson
import pytest

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.commands.sequence import NumberSequence
from chassis.composition.embedded import embedded
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually
from testkit.identity_api import running
from tests.audit.tampering import change, delete_after

Run = Callable[..., tuple[int, str]]
T = TypeVar("T")
JOB = UUID("0246d994-25e0-4f20-92b1-55e01951fed1")
STREAM = f"job-{JOB}"
KEY = f"jobs/1/{JOB}/upload"
INPUT = jobs.JobInput(
    object_key=KEY, name="=scan\x1b[31m.zip", size=5, sha256="00" * 32, content_type="application/zip"
)
HISTORY: list[Event] = [
    jobs.JobSubmitted(job_id=JOB, number=1, owner_id=1, title="CT", description=None, input=INPUT),
    jobs.AnalysisStarted(job_id=JOB, attempt=1, analyzer="analyzer/1"),
    jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=50, stage="detect"),
    jobs.AnalysisCompleted(job_id=JOB, attempt=1, results={"findings": []}, artifacts=()),
]


def on_data(folder: Path, work: Callable[[Infrastructure], Awaitable[T]]) -> T:
    async def run() -> T:
        async with embedded(folder) as infrastructure:
            return await work(infrastructure)

    return asyncio.run(run())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A job of four events, an hour apart, with the first as the cause of the others; and its file."""

    async def fill(infrastructure: Infrastructure) -> None:
        async def chunks():
            yield b"bytes"

        await infrastructure.objects.put(KEY, chunks(), "application/zip")
        submitting = CommandContext(uuid4(), "user:1", "request-1")
        await NumberSequence(infrastructure.events, infrastructure.clock, "jobnumber", "jobs-command").allocate(
            str(JOB), submitting
        )
        previous = None
        for hour, event in enumerate(HISTORY):
            cause = str(previous.id) if previous else ""
            context = CommandContext(uuid4(), "service:analyzer", "request-1", cause) if cause else submitting
            time = datetime(2024, 5, 17, 10 + hour, tzinfo=UTC)
            recorded = Recorder("jobs-command", time).record([event], context, STREAM, previous)
            await infrastructure.events.append(STREAM, recorded, previous.revision if previous else NO_STREAM)
            previous = await infrastructure.events.last(STREAM)

    on_data(tmp_path / "data", fill)
    return tmp_path / "data"


def test_a_history_is_printed_in_order_as_a_tree_of_causes(run: Run, data: Path) -> None:
    code, printed = run("audit", "job", "1")

    lines = printed.splitlines()
    assert code == 0
    assert [line.split()[:1] for line in lines[1:]] == [["0"], ["1"], ["2"], ["3"]]
    assert "2024-05-17T10:00:00+00:00  jobs.job-submitted.v2" in lines[1]
    assert "    jobs.analysis-progressed.v1  " in lines[3]
    assert f"{STREAM}@1" in lines[3]
    assert "jobs-command 0.1.0" in lines[1]


def test_a_history_is_printed_as_json_and_csv(run: Run, data: Path) -> None:
    _, as_json = run("audit", "job", str(JOB), "--format", "json")
    _, as_csv = run("audit", "job", str(JOB), "--format", "csv")

    entries, rows = orjson.loads(as_json), list(csv.DictReader(io.StringIO(as_csv)))
    assert (
        [entry["type"] for entry in entries] == [row["type"] for row in rows] == [event.wire_type for event in HISTORY]
    )
    assert orjson.loads(rows[0]["data"])["input"]["name"] == INPUT.name


def test_the_state_at_a_point_in_time_is_printed_and_compared(run: Run, data: Path) -> None:
    _, then = run("audit", "job", "1", "--as-of", "2024-05-17T12:30:00", "--format", "json")
    _, changed = run("audit", "job", "1", "--as-of", "1", "--compare-to", "2", "--format", "json")
    _, to_now = run("audit", "job", "1", "--as-of", "2", "--compare-to", "now")

    assert orjson.loads(then)["revision"] == 2
    assert orjson.loads(then)["state"]["progress"] == 50
    assert orjson.loads(changed)["differences"] == [
        {"path": "progress", "before": 0, "after": 50},
        {"path": "stage", "before": None, "after": "detect"},
    ]
    assert "status    processing  completed" in to_now


def test_text_from_users_is_escaped_for_terminals_and_spreadsheets(run: Run, data: Path) -> None:
    _, table = run("audit", "job", "1", "--as-of", "0")
    _, as_csv = run("audit", "job", "1", "--as-of", "0", "--format", "csv")

    assert "\x1b" not in table
    assert "'=scan" in as_csv


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("job", "7"), 3, "there is no job '7'"),
        (("job", str(uuid4())), 3, "there is no job"),
        (("user", "7"), 3, "there is no user '7'"),
        (("file", "x"), 3, "there is no file 'x'"),
        (("job", "1", "--as-of", "2020-01-01"), 3, "did not exist before"),
        (("job", "1", "--as-of", "9"), 3, "there is no 9 yet"),
        (("job", "1", "--as-of", "soon"), 2, "neither a number nor a time"),
        (("job", "1", "--compare-to", "1"), 2, "--compare-to needs --as-of"),
        (("verify",), 2, "give either --stream"),
        (("verify", "--all", "--stream", "x"), 2, "give either --stream"),
        (("verify", "--stream", "job-x"), 3, "there is no stream 'job-x'"),
        (("verify", "--checkpoint", "missing"), 1, "missing: No such file"),
        (("verify-bundle", "missing"), 1, "missing: No such file"),
        (("verify-bundle", "data/events.db"), 4, "not a bundle"),
        (("export", "lesion", "1", "--out", "b"), 2, "is none of job, user, file"),
        (("export", "job", "7", "--out", "b"), 3, "there is no job"),
        (("export", "job", "1", "--out", "missing/b"), 1, "No such file"),
    ],
)
def test_errors_have_an_exit_code_and_a_sentence(
    run: Run, data: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    exit_code, printed = run("audit", *arguments)

    assert exit_code == code, printed
    assert message in " ".join(printed.replace("│", " ").split())
    assert "Traceback" not in printed
    assert not Path("b").exists()


def test_an_unchanged_log_verifies(run: Run, data: Path) -> None:
    assert run("audit", "checkpoint", "--out", "signed")[0] == 0

    for arguments in (("--all",), ("--stream", STREAM), ("--checkpoint", "signed")):
        code, printed = run("audit", "verify", *arguments)
        assert (code, "unbroken chain" in printed) == (0, True), printed


def test_a_changed_event_is_named(run: Run, data: Path) -> None:
    change(data, STREAM, 2, "data", b"50", b"60")

    for arguments in (
        ("verify", "--all"),
        ("verify", "--stream", STREAM),
        ("job", "1"),
        ("export", "job", "1", "--out", "b"),
    ):
        code, printed = run("audit", *arguments)
        assert (code, f"{STREAM} @ 2: changed" in printed) == (4, True), printed
    assert not Path("b").exists()


def test_a_deleted_stream_is_detected_by_the_checkpoint(run: Run, data: Path) -> None:
    run("audit", "checkpoint", "--out", "signed")
    delete_after(data, STREAM, NO_STREAM)

    assert run("audit", "verify", "--all")[0] == 0
    code, printed = run("audit", "verify", "--checkpoint", "signed")
    assert (code, f"{STREAM}: stream gone" in printed) == (4, True), printed


def test_a_checkpoint_signed_with_another_key_is_not_trusted(run: Run, data: Path) -> None:
    run("audit", "checkpoint", "--out", "signed")

    code, printed = run("audit", "verify", "--checkpoint", "signed", "--public-key", "0" * 64)
    assert (code, "signed with another key" in printed) == (4, True)
    (data / "keys.db").unlink()
    assert run("audit", "verify", "--checkpoint", "signed")[0] == 4


def test_a_bundle_is_verified_offline(run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("audit", "export", "job", "1", "--out", "bundle.zip")[0] == 0
    _, key = run("audit", "public-key")
    pem, fingerprint = key.split("fingerprint ")
    Path("key.pem").write_text(pem)

    monkeypatch.setenv("CALIFORNIA_GOLD_DATA_DIR", str(tmp_path / "nowhere"))
    for trusted in ((), ("--public-key", "key.pem"), ("--public-key", fingerprint.strip())):
        code, printed = run("audit", "verify-bundle", "bundle.zip", *trusted)
        assert (code, f"{STREAM}: 4 events, unchanged" in printed) == (0, True), printed
    code, printed = run("audit", "verify-bundle", "bundle.zip", "--public-key", "0" * 64)
    assert (code, "signed with another key" in printed) == (4, True)
    assert not (tmp_path / "nowhere").exists()


def test_a_bundle_can_be_proved_by_an_earlier_checkpoint(run: Run, data: Path) -> None:
    run("audit", "checkpoint", "--out", "signed")

    assert run("audit", "export", "job", "1", "--out", "b", "--checkpoint", "signed")[0] == 0
    assert run("audit", "verify-bundle", "b")[0] == 0


def test_each_access_is_recorded(run: Run, data: Path) -> None:
    run("audit", "job", "1")
    run("audit", "export", "job", "1", "--out", "b")

    async def recorded(infrastructure: Infrastructure) -> list[object]:
        pages = [page async for page in infrastructure.events.read_all(categories=["audit"])]
        return [orjson.loads(event.data) for page in pages for event in page]

    assert on_data(data, recorded) == [
        {"action": "story", "subject": STREAM},
        {"action": "export", "subject": STREAM},
        {"action": "checkpoint", "subject": "all streams"},
    ]


CANARIES = ("canary-username", "canary.address@example.com", "Canary Full Name")


def test_after_an_erasure_the_chain_verifies_and_no_personal_data_is_readable(run: Run, tmp_path: Path) -> None:
    async def register_and_delete() -> int:
        async with running(tmp_path / "data") as api:
            user = await api.user(CANARIES[0], email=CANARIES[1], full_name=CANARIES[2])
            await user.put(f"/users/{user.id}", {"bio": CANARIES[2]})
            assert (await user.delete(f"/users/{user.id}")).status_code == 200

            async def erased() -> bool:
                return (await api.register(CANARIES[0])).status_code == 201

            await eventually(erased)
            return user.id

    user_id = str(asyncio.run(register_and_delete()))
    printed = [
        run("audit", "user", user_id, "--format", "json"),
        run("audit", "user", user_id, "--as-of", "0"),
        run("audit", "user", user_id, "--as-of", "0", "--compare-to", "now", "--format", "csv"),
        run("audit", "checkpoint", "--out", "signed"),
        run("audit", "verify", "--checkpoint", "signed"),
        run("audit", "export", "user", user_id, "--out", "bundle"),
        run("audit", "verify-bundle", "bundle"),
    ]

    assert [code for code, _ in printed] == [0] * len(printed), printed
    readable = "".join(text for _, text in printed).encode() + Path("signed").read_bytes() + Path("bundle").read_bytes()
    assert b"identity.user-deleted.v1" in readable
    assert [canary for canary in CANARIES if canary.encode() in readable] == []
