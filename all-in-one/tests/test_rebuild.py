"""Read models are rebuilt by command while the API serves."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest

from california_gold.read_models import READ_MODELS
from chassis.composition.embedded import embedded
from chassis.coordination.lease import Lease
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import versions_of
from chassis.projections.rebuilding import Rebuild
from chassis.projections.versions import version_collection
from chassis.runtime.settings import Settings
from identity.service import build as identity
from identity.settings import IdentitySettings
from jobs_command.service import build as jobs_command
from jobs_query.service import build as jobs_query
from storage.service import build as storage
from testkit.eventually import eventually
from testkit.served import served

Run = Callable[..., tuple[int, str]]
JOBS = 3


@asynccontextmanager
async def serving(folder: Path) -> AsyncGenerator[tuple[httpx.AsyncClient, Infrastructure]]:
    settings = Settings(rate_limits="off", await_read_model_ms=10_000)
    async with embedded(folder) as infrastructure:
        services = [
            identity(infrastructure, IdentitySettings(rate_limits="off", await_read_model_ms=10_000)),
            storage(infrastructure, settings),
            jobs_command(infrastructure, settings),
            jobs_query(infrastructure, settings),
        ]
        async with served(services, infrastructure, settings) as running:
            yield await running.client(1), infrastructure


async def submit(owner: httpx.AsyncClient, title: str) -> str:
    created = await owner.post("/jobs", data={"title": title}, files={"file": ("scan.zip", b"PK")})
    assert created.status_code == 201, created.text
    return created.json()["id"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with jobs, files and users, which are projected."""

    async def fill() -> None:
        async with serving(tmp_path / "data") as (owner, infrastructure):
            await owner.post("/auth/register", json={"username": "doctor", "password": "Stethoscope-42"})
            await owner.post("/files/upload", files={"file": ("a.txt", b"a")})
            for number in range(JOBS):
                await submit(owner, str(number))

            async def relayed() -> bool:
                checkpoints = await infrastructure.bus.lag(["california-gold.jobs"], "jobs-query")
                return checkpoints[0].acknowledged >= JOBS and checkpoints[0].behind == 0

            await eventually(relayed)

    asyncio.run(fill())
    return tmp_path / "data"


def change_live(folder: Path) -> None:
    """Change a live document, as a defect of earlier code would have."""

    async def change() -> None:
        async with embedded(folder) as infrastructure:
            collection, raw = READ_MODELS["jobs"].collection, versions_of(infrastructure.documents).documents
            (found, *_) = await raw.find(collection, {"owner_id": 1}, order="number")
            body = orjson.dumps({**orjson.loads(found.body or b""), "title": "Ivanov", "progress": 7})
            keys = {"owner_id": 1, "number": 1}
            assert await raw.compare_and_set(
                collection, type(found)(found.id, found.revision, body, keys), found.revision
            )

    asyncio.run(change())


@pytest.mark.parametrize("name", READ_MODELS)
def test_every_read_model_can_be_rebuilt(run: Run, data: Path, name: str) -> None:
    code, printed = run("rebuild", name)

    assert (code, f"{name} is read from it now" in printed) == (0, True), printed
    assert f"{name:<12} version 1 live, 0 kept" in run("read-models", "list")[1]


def test_a_rebuild_can_be_rolled_back_and_the_other_version_dropped(run: Run, data: Path) -> None:
    run("rebuild", "jobs")

    assert run("read-models", "rollback", "jobs")[0] == 0
    assert run("read-models", "drop", "jobs")[0] == 0
    assert "jobs         version 0 live\n" in run("read-models", "list")[1]


def test_differences_are_listed_without_values_and_prevent_the_switch(run: Run, data: Path) -> None:
    change_live(data)

    code, printed = run("rebuild", "jobs")

    assert (code, "differs in progress, title" in printed, "Ivanov" in printed) == (4, True, False), printed
    assert "version 0 live, 1 building" in run("read-models", "list")[1]
    assert run("rebuild", "jobs", "--accept-differences")[0] == 0


def test_an_unfinished_rebuild_can_be_resumed_restarted_or_abandoned(run: Run, data: Path) -> None:
    assert run("rebuild", "jobs", "--no-switch")[0] == 0
    _, resumed = run("rebuild", "jobs", "--no-switch")
    _, restarted = run("rebuild", "jobs", "--no-switch", "--restart")

    assert "version 1: 0 events read" in resumed
    assert "version 2: 3 events read" in restarted
    assert run("read-models", "abandon", "jobs")[0] == 0


def test_a_rebuild_can_read_from_the_topic(run: Run, data: Path) -> None:
    code, printed = run("rebuild", "jobs", "--from", "topic")

    assert (code, "jobs is read from it now" in printed) == (0, True), printed


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("rebuild", "lesions"), 3, "there is no read model 'lesions'; there are jobs, job-files, users, files"),
        (("read-models", "drop", "lesions"), 3, "there is no read model"),
        (("read-models", "drop", "jobs"), 1, "there is no version to drop"),
        (("read-models", "rollback", "jobs"), 1, "there is no version to roll back to"),
        (("read-models", "abandon", "jobs"), 1, "no version is building"),
        (("rebuild", "users", "--from", "topic"), 1, "on no topic"),
        (("rebuild", "jobs", "--from", "nowhere"), 2, "nowhere"),
    ],
)
def test_errors_have_an_exit_code_and_a_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    exit_code, printed = run(*arguments)

    assert (exit_code, message in " ".join(printed.replace("│", " ").split())) == (code, True), printed
    assert "Traceback" not in printed


async def test_the_api_serves_and_shows_new_writes_during_a_rebuild(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with serving(folder) as (owner, _), embedded(folder) as another_process:
        jobs = [await submit(owner, "before")]
        stopped = asyncio.Event()

        async def use() -> None:
            while not stopped.is_set():
                job = await submit(owner, "during")
                jobs.append(job)
                assert (await owner.get(f"/jobs/{job}")).status_code == 200
                assert (await owner.put(f"/jobs/{job}", json={"title": "changed"})).json()["title"] == "changed"
                assert (await owner.get(f"/jobs/{job}")).json()["title"] == "changed"
                listed = (await owner.get("/jobs", params={"limit": 1000})).json()
                assert {job["id"] for job in listed} == set(jobs)

        using = asyncio.ensure_future(use())
        for name in ("job-files", "jobs"):
            done = await Rebuild(another_process, READ_MODELS[name]).run()
            assert done.promoted, done.comparison
        await Rebuild(another_process, READ_MODELS["jobs"]).drop()
        stopped.set()
        await using

        raw = versions_of(another_process.documents).documents
        left = await raw.get_many(version_collection(READ_MODELS["jobs"].collection, 0), jobs)
        new = await raw.get_many(version_collection(READ_MODELS["jobs"].collection, 1), jobs)
        assert (set(left), set(new)) == (set(), set(jobs))


def test_a_concurrent_rebuild_is_refused(run: Run, data: Path) -> None:
    async def hold_and_run() -> tuple[int, str]:
        async with embedded(data) as infrastructure:
            lease = Lease(infrastructure.documents, infrastructure.clock, "rebuild:jobs", "first")
            async with lease.held():
                return await asyncio.to_thread(run, "rebuild", "jobs")

    code, printed = asyncio.run(hold_and_run())
    assert (code, "another process is rebuilding jobs" in printed) == (5, True), printed
