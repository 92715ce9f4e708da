"""Supervisor: restarts workers that fail, and drains them at the end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Worker

_INITIAL_DELAY = 0.1
_MAX_DELAY = 30.0
_OUTAGE_DELAY = 1.0
_SAME_OUTAGE_SECONDS = 60.0
_HEALTHY_AFTER = 10.0
_GRACE_PERIOD = 10
_log = structlog.get_logger()


@dataclass
class Supervisor:
    """Restarts workers that fail, with exponential backoff.

    An unavailable store is not a failure of a worker: it is restarted every second, and the outage is logged once.
    """

    workers: Sequence[Worker]
    _failed_at: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _without_store_at: dict[str, float] = field(init=False, default_factory=dict[str, float])

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the workers during the block; at its end, drain them, then cancel them."""
        tasks = [asyncio.create_task(self._run_forever(worker), name=worker.name) for worker in self.workers]
        try:
            yield
        finally:
            await _drained([worker.drain for worker in self.workers if worker.drain])
            await _stopped(tasks)

    async def problem(self) -> str | None:
        """Return the names of the workers that failed recently, for readiness."""
        now = asyncio.get_running_loop().time()
        failing = sorted(name for name, since in self._failed_at.items() if now < since + _HEALTHY_AFTER)
        return f"failing: {', '.join(failing)}" if failing else None

    async def _run_forever(self, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        delay = _INITIAL_DELAY
        while True:
            started = loop.time()
            try:
                await worker.run()
                _log.error("worker_ended", worker=worker.name)
            except StoreUnavailable as problem:
                self._log_outage(worker, problem)
                await asyncio.sleep(_OUTAGE_DELAY)
                continue
            except Exception:  # noqa: BLE001  (any error: the worker is restarted)
                _log.error("worker_failed", worker=worker.name, exc_info=True)
            if loop.time() > started + _HEALTHY_AFTER:
                delay = _INITIAL_DELAY
            self._failed_at[worker.name] = loop.time() + delay
            await asyncio.sleep(delay)
            delay = min(delay * 2, _MAX_DELAY)

    def _log_outage(self, worker: Worker, problem: StoreUnavailable) -> None:
        now = asyncio.get_running_loop().time()
        if now > self._without_store_at.get(worker.name, float("-inf")) + _SAME_OUTAGE_SECONDS:
            _log.warning("store_awaited", worker=worker.name, reason=str(problem))
        self._without_store_at[worker.name] = now


async def _drained(drains: Sequence[Callable[[], Awaitable[None]]]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_PERIOD):
            await asyncio.gather(*(drain() for drain in drains))


async def _stopped(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=_GRACE_PERIOD)
        for task in left:
            _log.error("worker_not_stopped", worker=task.get_name())
