"""Revision poller: one query at a time for all revisions that callers of a collection wait for (ADR 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from chassis.ports.event_store import StoreUnavailable

_MIN_INTERVAL_SECONDS = 0.005
_MAX_INTERVAL_SECONDS = 0.04
_BACKOFF = 1.3

FetchRevisions = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


@dataclass(eq=False)
class _Waiter:
    revision: int
    was_polled: bool = False
    outcome: "asyncio.Future[StoreUnavailable | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class RevisionPoller:
    """Polls the revisions of documents while callers wait for them, and not otherwise.

    The first caller triggers a query at once. Intervals then grow from 5 to 40 ms and are never shorter than the last
    query took. Callers that arrive meanwhile are part of the next query.
    """

    def __init__(self, fetch: FetchRevisions) -> None:
        self._fetch = fetch
        self._waiters: dict[str, set[_Waiter]] = {}
        self._polling: asyncio.Task[None] | None = None

    async def wait(self, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`; False after `timeout` seconds."""
        waiter = _Waiter(revision)
        self._waiters.setdefault(document_id, set()).add(waiter)
        try:
            self._start_polling()
            await asyncio.wait({waiter.outcome}, timeout=timeout)
            if not (waiter.was_polled or waiter.outcome.done()):
                self.notify(await self._fetch([document_id]))
        finally:
            self._remove(document_id, waiter)
        if waiter.outcome.done() and (problem := waiter.outcome.result()):
            raise problem
        return waiter.outcome.done()

    def notify(self, revisions: Mapping[str, int]) -> None:
        """Wake the callers whose revision is reached."""
        for document_id, revision in revisions.items():
            for waiter in self._waiters.get(document_id, ()):
                if waiter.revision <= revision:
                    _finish(waiter, None)

    def _start_polling(self) -> None:
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll(), name="revision-poller")

    async def _poll(self) -> None:
        loop, interval = asyncio.get_running_loop(), _MIN_INTERVAL_SECONDS
        while True:
            started, polled = loop.time(), list(self._all_waiters)
            try:
                self.notify(await self._fetch(list(self._waiters)))
            except StoreUnavailable as problem:
                return self._fail_all(problem)
            for waiter in polled:
                waiter.was_polled = True
            await asyncio.sleep(max(interval, loop.time() - started))
            interval = min(interval * _BACKOFF, _MAX_INTERVAL_SECONDS)

    def _fail_all(self, problem: StoreUnavailable) -> None:
        for waiter in self._all_waiters:
            _finish(waiter, problem)

    @property
    def _all_waiters(self) -> Iterator[_Waiter]:
        return chain.from_iterable(self._waiters.values())

    def _remove(self, document_id: str, waiter: _Waiter) -> None:
        waiters = self._waiters[document_id]
        waiters.discard(waiter)
        if not waiters:
            del self._waiters[document_id]
        if not self._waiters and self._polling:
            self._polling.cancel()
            self._polling = None


def _finish(waiter: _Waiter, problem: StoreUnavailable | None) -> None:
    if not waiter.outcome.done():
        waiter.outcome.set_result(problem)
