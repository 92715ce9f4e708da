"""Store outages: each store is stopped and started while users submit jobs; nothing that was accepted is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import httpx

from testkit.eventually import eventually
from tests.faults.retrying_client import RetryingClient
from tests.servers.server_process import ServerProcess

_PAUSE_SECONDS = 0.1
_MOST_SECONDS = 60.0
_UNANSWERED = {502, 503, 504}
HEADINGS = ("store", "away for", "answers", "of them 503", "jobs accepted", "lost", "job and read model again after")


@dataclass(frozen=True)
class Outage:
    """One outage: what the clients saw from the stop of the store until a new job was readable again."""

    store: str
    away_seconds: float
    answers: int
    unavailable: int
    accepted: int
    lost: int
    recovery_seconds: float

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of the table."""
        counts = (self.answers, self.unavailable, self.accepted, self.lost)
        return self.store, f"{self.away_seconds:.1f} s", *map(str, counts), f"{self.recovery_seconds:.1f} s"


@dataclass
class _Submitter:
    """A user who submits jobs, retrying each until it is accepted."""

    client: RetryingClient
    accepted: list[str] = field(default_factory=list[str])

    async def run(self, ending: asyncio.Event) -> None:
        while not ending.is_set():
            self.accepted.append((await self.client.submit())["id"])
            await self.client.request("GET", f"/jobs/{self.accepted[-1]}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def lost(self) -> int:
        listed = {job["id"] for job in await self.client.jobs()}
        return len(set(self.accepted) - listed)


async def stop_and_start(store: ServerProcess, away_seconds: float) -> None:
    """Stop a store and start it again."""
    await asyncio.to_thread(store.stop)
    await asyncio.sleep(away_seconds)
    await asyncio.to_thread(store.start)


async def outage(store: str, url: str, clients: int, interrupt: Callable[[], Awaitable[None]]) -> Outage:
    """Interrupt a store under load, until it is there again, and wait until a new job can be read."""
    ending = asyncio.Event()
    async with AsyncExitStack() as stack:
        users = [_Submitter(await _signed_in(url, stack)) for _ in range(clients)]
        probe = await _signed_in(url, stack)
        running = asyncio.gather(*(user.run(ending) for user in users))
        try:
            stopped = time.monotonic()
            await interrupt()
            back = time.monotonic()
            await _until_readable(probe)
            recovered = time.monotonic()
        finally:
            ending.set()
            await running
        await _until_all_listed(users)
        statuses = Counter(status for user in users for status in user.client.statuses)
        return Outage(
            store,
            back - stopped,
            statuses.total(),
            sum(statuses[status] for status in _UNANSWERED),
            sum(len(user.accepted) for user in users),
            sum([await user.lost() for user in users]),
            recovered - back,
        )


async def _signed_in(url: str, stack: AsyncExitStack) -> RetryingClient:
    http = httpx.AsyncClient(base_url=url, timeout=60)
    client = RetryingClient(await stack.enter_async_context(http))
    await client.sign_in()
    return client


async def _until_readable(client: RetryingClient) -> None:
    job = await client.submit()

    async def readable() -> bool:
        return (await client.request("GET", f"/jobs/{job['id']}")).status_code == 200

    await eventually(readable, within=_MOST_SECONDS)


async def _until_all_listed(users: Sequence[_Submitter]) -> None:
    async def listed() -> bool:
        return not any([await user.lost() for user in users])

    with suppress(AssertionError):  # what is still not listed then is lost
        await eventually(listed, within=_MOST_SECONDS)
