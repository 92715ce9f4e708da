"""StartFailures: the workers that have failed since the process started, and have never run."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.runtime.settings import InvalidSettings

_RUNS_AFTER_SECONDS = 30.0
"""A run of this length has started; a refused one ends earlier, because the adapters have shorter timeouts."""
_RECENT_SECONDS = 10.0


@dataclass
class _Series:
    since: float
    last: float
    reason: str


@dataclass
class StartFailures:
    """Why workers have not started: a store refuses the process, a setting or a folder does not fit, the code is wrong.

    Waiting does not help then. It helps in an outage of a store, which therefore ends a worker's series of failures. A
    worker that has run once is not counted again: later failures do not depend on the start.
    """

    patience_seconds: float = 60.0
    _series: dict[str, _Series] = field(init=False, default_factory=dict[str, _Series])
    _started: set[str] = field(init=False, default_factory=set[str])

    @contextmanager
    def attempt(self, worker: str) -> Generator[None]:
        """Observe one run of a worker."""
        timer = asyncio.get_running_loop().call_later(_RUNS_AFTER_SECONDS, self._has_started, worker)
        try:
            yield
            self._failed(worker, "ended")
        except (StoreRefused, InvalidSettings) as problem:
            self._failed(worker, str(problem))
            raise
        except StoreUnavailable:
            self._series.pop(worker, None)
            raise
        except Exception as problem:
            self._failed(worker, type(problem).__name__)  # its message may quote data
            raise
        finally:
            timer.cancel()

    async def problem(self) -> str | None:
        """Return the reasons of now, for readiness."""
        now = asyncio.get_running_loop().time()
        return _sentence([series.reason for series in self._series.values() if now < series.last + _RECENT_SECONDS])

    async def overdue(self) -> str | None:
        """Return the reasons that have lasted longer than the patience, for liveness."""
        now = asyncio.get_running_loop().time()
        return _sentence(
            [series.reason for series in self._series.values() if now > series.since + self.patience_seconds]
        )

    def _failed(self, worker: str, reason: str) -> None:
        if worker not in self._started:
            now = asyncio.get_running_loop().time()
            series = self._series.setdefault(worker, _Series(now, now, reason))
            series.last, series.reason = now, reason

    def _has_started(self, worker: str) -> None:
        self._started.add(worker)
        self._series.pop(worker, None)


def _sentence(reasons: list[str]) -> str | None:
    return "; ".join(sorted(set(reasons))) or None
