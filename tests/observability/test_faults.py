"""Each fault of a running product fires its alert, and no other one: on the series that the product emits meanwhile."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import orjson

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import JOBS
from chassis.adapters.sqlite.document_store import sqlite_document_store
from chassis.coordination.lease import LEASES
from chassis.messaging.parking import Parking
from chassis.ports.clock import SystemClock
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.message_bus import Message
from testkit.eventually import eventually
from tests.e2e.embedded_product import EmbeddedProduct
from tests.observability.conftest import WatchedProduct
from tests.observability.promtool import Promtool
from tests.observability.samples import Samples, scrape
from tests.observability.timeline import expect_alert, expect_quiet
from tests.security.raw_http import connected
from tests.servers.shared import required

_PREFIX = "california_gold_"


def test_an_ordinary_hour_fires_no_alert(watched: WatchedProduct, tmp_path: Path) -> None:
    expect_quiet(watched.before, watched.after, tmp_path)


async def test_guessed_passwords(watched: WatchedProduct, tmp_path: Path) -> None:
    before = await watched.settled()
    async with httpx.AsyncClient(base_url=watched.product.url, timeout=60) as http:
        for _ in range(40):
            guess = {"username": "whoever", "password": uuid4().hex}
            assert (await http.post("/auth/login", json=guess)).status_code in {401, 429}

    expect_alert("CaliforniaGoldLogInsFail", before, scrape(watched.product.url), tmp_path)


async def test_a_store_that_is_locked(watched: WatchedProduct, tmp_path: Path) -> None:
    before = await watched.settled()
    with _locked(watched.product, "documents.db"):
        after = await _scrape_with(watched.product, "store_up", 0, store="documents")

    expect_alert("CaliforniaGoldStoreUnavailable", before, after, tmp_path)


async def test_commands_that_fail(watched: WatchedProduct, tmp_path: Path) -> None:
    before = await watched.settled()
    with _locked(watched.product, "events.db"):
        async with httpx.AsyncClient(base_url=watched.product.url, timeout=60) as http:
            account = {"username": f"user-{uuid4().hex}", "password": "correct horse"}
            assert (await http.post("/auth/register", json=account)).status_code == 503
        after = scrape(watched.product.url)

    expect_alert("CaliforniaGoldRequestsFail", before, after, tmp_path)


async def test_a_parked_event(watched: WatchedProduct, tmp_path: Path) -> None:
    before = await watched.settled()
    await _publish(watched.product, Message(JOBS.name, "a-job", b"no event"))
    after = await _scrape_with(watched.product, "consumer_parked_events", 1, group="jobs-query")

    expect_alert("CaliforniaGoldEventParked", before, after, tmp_path)
    async with _documents(watched.product) as documents:
        parking = Parking(documents, SystemClock())
        for parked in await parking.of_every_group():
            await parking.discard(parked.id)


async def test_a_relay_that_stopped(watched: WatchedProduct, tmp_path: Path) -> None:
    before, name = await watched.settled(), f"relay:{JOBS.name}"
    async with _documents(watched.product) as documents:
        await _hand_over(documents, name, to="another process")
        after = await _scrape_with(watched.product, "relay_running", 0, topic=JOBS.name)
        await _hand_over(documents, name, to="")

    expect_alert("CaliforniaGoldRelayStopped", before, after, tmp_path)


async def test_an_event_of_a_newer_producer(watched: WatchedProduct, tmp_path: Path) -> None:
    before, now = await watched.settled(), datetime.now(UTC)
    event = Envelope(uuid4(), "job-unheard-of.v1", "/california-gold/jobs-command", "a-job", now, b"{}")
    await _publish(watched.product, Message(JOBS.name, event.subject, event.data, event.headers()))
    unknown = {"group": "jobs-query", "type": event.type}
    after = await _scrape_with(watched.product, "consumer_unknown_events_total", 1, **unknown)

    expect_alert("CaliforniaGoldEventsUnknown", before, after, tmp_path)


async def test_a_process_that_is_killed(watched: WatchedProduct, tmp_path: Path) -> None:
    watched.product.kill()

    expect_alert("CaliforniaGoldProcessNotMeasured", watched.before, scrape(watched.product.url), tmp_path)


async def test_a_disk_with_too_little_space(watched: WatchedProduct, tmp_path: Path) -> None:
    with _product(tmp_path, MIN_FREE_BYTES=str(2**60)) as product:
        after = await _scrape_until(product, _relays_run)

    expect_alert("CaliforniaGoldDiskAlmostFull", watched.before, after, tmp_path)


async def test_an_analyzer_without_its_work_folder(watched: WatchedProduct, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with _product(tmp_path, WORK_DIR=str(tmp_path / "file" / "work"), expect_ready=False) as product:
        after = await _scrape_until(
            product, lambda now: _relays_run(now) and _worker_failures(now) - _worker_failures(watched.before) > 3
        )

    expect_alert("CaliforniaGoldWorkerFails", watched.before, after, tmp_path)


async def test_connections_that_are_held_open(watched: WatchedProduct, tmp_path: Path) -> None:
    with _product(tmp_path, MAX_CONNECTIONS="16") as product, ExitStack() as held:
        await _scrape_until(product, _relays_run)
        for _ in range(40):
            held.enter_context(connected(product.url))
        after = await _scrape_until(product, lambda now: _refused(now) > 6)

    expect_alert("CaliforniaGoldConnectionsRefused", watched.before, after, tmp_path)


def _relays_run(samples: Samples) -> bool:
    """Return whether a new process has begun its work."""
    return all(samples.values[each] == 1 for each in samples.matching(f"{_PREFIX}relay_running"))


def _worker_failures(samples: Samples) -> float:
    series = samples.matching(f"{_PREFIX}worker_failures_total", worker="consumer:analyzer")
    return sum(samples.values[each] for each in series)


def _refused(samples: Samples) -> float:
    name = f"{_PREFIX}connections_refused_total"
    return sum(
        samples.values[each] for reason in ("replaced", "too_many") for each in samples.matching(name, reason=reason)
    )


async def _scrape_with(product: EmbeddedProduct, name: str, value: float, **labels: str) -> Samples:
    """Return the first scrape in which a series has a value."""

    def has_value(now: Samples) -> bool:
        return any(now.values[each] == value for each in now.matching(_PREFIX + name, **labels))

    return await _scrape_until(product, has_value)


async def _scrape_until(product: EmbeddedProduct, condition: Callable[[Samples], bool]) -> Samples:
    async def found() -> Samples | None:
        now = scrape(product.url)
        return now if condition(now) else None

    samples = await eventually(found, within=60, pause=0.2)
    assert samples
    return samples


@contextmanager
def _product(folder: Path, *, expect_ready: bool = True, **settings: str) -> Generator[EmbeddedProduct]:
    required(Promtool)
    product = EmbeddedProduct(folder / "product", {f"CALIFORNIA_GOLD_{name}": text for name, text in settings.items()})
    try:
        product.start(until_ready=expect_ready)
        yield product
    finally:
        product.kill()


@contextmanager
def _locked(product: EmbeddedProduct, database: str) -> Generator[None]:
    """Hold the write lock of a database, as another program would."""
    with closing(sqlite3.connect(product.folder / "data" / database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@asynccontextmanager
async def _documents(product: EmbeddedProduct) -> AsyncGenerator[DocumentStore]:
    async with sqlite_document_store(product.folder / "data" / "documents.db") as documents:
        yield documents


async def _hand_over(documents: DocumentStore, lease: str, to: str) -> None:
    """Give a lease to another process, which does not work, or to whoever comes first."""
    stored = await documents.get(LEASES, lease)
    assert stored
    fence = stored.revision + 1000
    await documents.put_newer(LEASES, [Document(lease, fence, orjson.dumps({"holder": to, "fence": fence}))])


async def _publish(product: EmbeddedProduct, message: Message) -> None:
    async with product.bus() as bus:
        await bus.publish([message])
