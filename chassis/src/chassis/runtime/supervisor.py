"""Supervisor: restarts workers that fail, and drains them at the end."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.runtime.service import Measurement, Worker
from chassis.runtime.settings import InvalidSettings
from chassis.runtime.start_failures import StartFailures

_INITIAL_DELAY = 0.1
_MAX_DELAY = 30.0
_OUTAGE_DELAY = 1.0
_SAME_OUTAGE_SECONDS = 60.0
_HEALTHY_AFTER = 10.0
_GRACE_PERIOD = 10
_log = structlog.get_logger()
_Tasks = Sequence["asyncio.Task[None]"]


@dataclass
class Supervisor:
    """Restarts workers that fail, with exponential backoff.

    An unavailable store is not a failure of a worker: it is restarted every second, and the outage is logged once. So
    is a setting that doesn't fit.
    `http_workers` serve the routes: they run until the last request is answered.
    """

    workers: Sequence[Worker]
    http_workers: Sequence[Worker] = ()
    start_failures: StartFailures = field(default_factory=StartFailures)
    _failed_at: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _failures: Counter[str] = field(init=False, default_factory=Counter[str])
    _logged_at: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _tasks: _Tasks = field(init=False, default=())
    _handing_over: "asyncio.Task[None] | None" = field(init=False, default=None)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the workers during the block; at its end, drain them, then cancel them."""
        serving, self._tasks = self._started(self.http_workers), self._started(self.workers)
        try:
            yield
        finally:
            await self.hand_over()
            await _ended(self.http_workers, serving)

    async def hand_over(self) -> None:
        """Drain the workers, then cancel them: other processes take over. `http_workers` run on."""
        if self._handing_over is None:
            self._handing_over = asyncio.create_task(_ended(self.workers, self._tasks))
        await asyncio.shield(self._handing_over)

    async def problem(self) -> str | None:
        """Return why no traffic should come, for readiness: workers failed recently, or the process is stopping."""
        if self._handing_over is not None:
            return "stopping"
        now = asyncio.get_running_loop().time()
        failing = sorted(name for name, since in self._failed_at.items() if now < since + _HEALTHY_AFTER)
        return f"failing: {', '.join(failing)}" if failing else None

    async def measure(self) -> Sequence[Measurement]:
        """Return how often each worker has failed. An unavailable store is no failure."""
        return [
            Measurement("worker_failures_total", self._failures[worker.name], {"worker": worker.name})
            for worker in (*self.http_workers, *self.workers)
        ]

    def _started(self, workers: Sequence[Worker]) -> _Tasks:
        return [asyncio.create_task(self._run_forever(worker), name=worker.name) for worker in workers]

    async def _run_forever(self, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        delay = _INITIAL_DELAY
        while True:
            started = loop.time()
            try:
                with self.start_failures.attempt(worker.name):
                    await worker.run()
                _log.error("worker_ended", worker=worker.name)
            except StoreUnavailable as problem:
                self._log_outage(worker, problem)
                await asyncio.sleep(_OUTAGE_DELAY)
                continue
            except InvalidSettings as problem:
                if self._is_news(str(problem)):
                    _log.error("worker_failed", worker=worker.name, reason=str(problem))
            except Exception:  # noqa: BLE001  (any error: the worker is restarted)
                _log.error("worker_failed", worker=worker.name, exc_info=True)
            if loop.time() > started + _HEALTHY_AFTER:
                delay = _INITIAL_DELAY
            self._failures[worker.name] += 1
            self._failed_at[worker.name] = loop.time() + delay
            await asyncio.sleep(delay)
            delay = min(delay * 2, _MAX_DELAY)

    def _log_outage(self, worker: Worker, problem: StoreUnavailable) -> None:
        """Log an outage once per worker; a refusal, which is the same for all workers, once per process."""
        reason, refused = str(problem), isinstance(problem, StoreRefused)
        if self._is_news(reason if refused else worker.name):
            if refused:
                _log.error("store_refused", reason=reason)
            else:
                _log.warning("store_awaited", worker=worker.name, reason=reason)

    def _is_news(self, subject: str) -> bool:
        """Return whether a subject comes up for the first time, or again after a while without it."""
        now = asyncio.get_running_loop().time()
        is_news = now > self._logged_at.get(subject, float("-inf")) + _SAME_OUTAGE_SECONDS
        self._logged_at[subject] = now
        return is_news


async def _ended(workers: Sequence[Worker], tasks: _Tasks) -> None:
    await _drained([(worker.name, worker.drain) for worker in workers if worker.drain])
    await _stopped(tasks)


async def _drained(drains: Sequence[tuple[str, Callable[[], Awaitable[None]]]]) -> None:
    """Drain workers at the same time. One that takes too long, or that fails, is cancelled like the others."""
    draining = [asyncio.create_task(_drain(name, drain), name=name) for name, drain in drains]
    await _finished(draining, "worker_not_drained")
    for task in draining:
        task.cancel()


async def _drain(name: str, drain: Callable[[], Awaitable[None]]) -> None:
    try:
        await drain()
    except Exception:  # noqa: BLE001  (any error: the worker is cancelled, and the others are drained)
        _log.error("drain_failed", worker=name, exc_info=True)


async def _stopped(tasks: _Tasks) -> None:
    for task in tasks:
        task.cancel()
    await _finished(tasks, "worker_not_stopped")


async def _finished(tasks: _Tasks, otherwise: str) -> None:
    """Wait for tasks for the grace period, and not for one that ignores its cancellation; log those that are left."""
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=_GRACE_PERIOD)
        for task in left:
            _log.error(otherwise, worker=task.get_name())
