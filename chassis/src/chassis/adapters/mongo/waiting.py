"""Waiting for revisions: one query at a time asks for all that is waited for in a collection (ADR 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.event_store import StoreUnavailable

_SHORTEST_SECONDS = 0.005
_LONGEST_SECONDS = 0.04
_GROWTH = 1.3

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


@dataclass(eq=False)
class _Waiter:
    revision: int
    outcome: "asyncio.Future[StoreUnavailable | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Waiting:
    """Who waits for which revision. Nothing is asked while nobody waits; `ask` returns the revisions of documents.

    A pause between questions begins short whenever somebody comes, grows, and is never shorter than an answer took.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiters: dict[str, set[_Waiter]] = {}
        self._polling: asyncio.Task[None] | None = None
        self._pause = _SHORTEST_SECONDS

    async def reached(self, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`; False after `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        waiter = _Waiter(revision)
        self._waiters.setdefault(document_id, set()).add(waiter)
        try:
            self.tell(await self._ask([document_id]))
            self._poll()
            await asyncio.wait({waiter.outcome}, timeout=max(0, deadline - asyncio.get_running_loop().time()))
        finally:
            self._remove(document_id, waiter)
        if waiter.outcome.done() and (problem := waiter.outcome.result()):
            raise problem
        return waiter.outcome.done()

    def tell(self, revisions: Mapping[str, int]) -> None:
        """Let those go on whose revision is reached."""
        for document_id, revision in revisions.items():
            for waiter in self._waiters.get(document_id, ()):
                if waiter.revision <= revision:
                    _end(waiter, None)

    def _poll(self) -> None:
        self._pause = _SHORTEST_SECONDS
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._ask_for_all(), name="waiting")

    async def _ask_for_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._pause)
            began = loop.time()
            try:
                self.tell(await self._ask(list(self._waiters)))
            except StoreUnavailable as problem:
                self._give_up(problem)
                return
            self._pause = min(max(self._pause * _GROWTH, loop.time() - began), _LONGEST_SECONDS)

    def _give_up(self, problem: StoreUnavailable) -> None:
        for waiters in self._waiters.values():
            for waiter in waiters:
                _end(waiter, problem)

    def _remove(self, document_id: str, waiter: _Waiter) -> None:
        waiters = self._waiters[document_id]
        waiters.discard(waiter)
        if not waiters:
            del self._waiters[document_id]
        if not self._waiters and self._polling:
            self._polling.cancel()
            self._polling = None


def _end(waiter: _Waiter, problem: StoreUnavailable | None) -> None:
    if not waiter.outcome.done():
        waiter.outcome.set_result(problem)
