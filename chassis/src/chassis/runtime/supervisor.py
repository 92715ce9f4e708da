"""Supervisor: restarts workers that fail, and drains them at the end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Worker

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0
_PAUSE_WITHOUT_STORE = 1.0
_SAME_OUTAGE = 60.0
_WELL_AFTER = 10.0
_GRACE = 10
_log = structlog.get_logger()


@dataclass
class Supervisor:
    """Keeps workers running: one that fails is started again, later each time.

    A store that is away is no failure of a worker: it is started again every second, and logged once an outage.
    """

    workers: Sequence[Worker]
    _failed_at: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _without_store_at: dict[str, float] = field(init=False, default_factory=dict[str, float])

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the workers for as long as the block lasts; then let each finish the event that it is at."""
        tasks = [asyncio.create_task(self._keep(worker), name=worker.name) for worker in self.workers]
        try:
            yield
        finally:
            await _drained([worker.drain for worker in self.workers if worker.drain])
            await _stopped(tasks)

    async def problem(self) -> str | None:
        """Name the workers that failed a moment ago."""
        now = asyncio.get_running_loop().time()
        failing = sorted(name for name, since in self._failed_at.items() if now < since + _WELL_AFTER)
        return f"failing: {', '.join(failing)}" if failing else None

    async def _keep(self, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            started = loop.time()
            try:
                await worker.run()
                _log.error("worker_ended", worker=worker.name)
            except StoreUnavailable as problem:
                self._note_outage(worker, problem)
                await asyncio.sleep(_PAUSE_WITHOUT_STORE)
                continue
            except Exception:  # noqa: BLE001  (whatever it was, the work has to go on)
                _log.error("worker_failed", worker=worker.name, exc_info=True)
            if loop.time() > started + _WELL_AFTER:
                pause = _FIRST_PAUSE
            self._failed_at[worker.name] = loop.time() + pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _note_outage(self, worker: Worker, problem: StoreUnavailable) -> None:
        now = asyncio.get_running_loop().time()
        if now > self._without_store_at.get(worker.name, float("-inf")) + _SAME_OUTAGE:
            _log.warning("store_awaited", worker=worker.name, reason=str(problem))
        self._without_store_at[worker.name] = now


async def _drained(drains: Sequence[Callable[[], Awaitable[None]]]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            await asyncio.gather(*(drain() for drain in drains))


async def _stopped(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=_GRACE)
        for task in left:
            _log.error("worker_not_stopped", worker=task.get_name())
