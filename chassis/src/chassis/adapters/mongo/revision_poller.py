"""RevisionPoller for revisions: one query at a time asks for all that is waited for in a collection (ADR 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from chassis.ports.event_store import StoreUnavailable

_SHORTEST_SECONDS = 0.005
_LONGEST_SECONDS = 0.04
_GROWTH = 1.3

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


@dataclass(eq=False)
class _Waiter:
    revision: int
    was_asked_for: bool = False
    outcome: "asyncio.Future[StoreUnavailable | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class RevisionPoller:
    """Who waits for which revision. Nothing is asked while nobody waits; `ask` returns the revisions of documents.

    Who comes first asks at once. The pauses after that begin short, grow, and are never shorter than an answer took;
    who comes meanwhile is among those of the next question.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiters: dict[str, set[_Waiter]] = {}
        self._polling: asyncio.Task[None] | None = None

    async def reached(self, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`; False after `timeout` seconds."""
        waiter = _Waiter(revision)
        self._waiters.setdefault(document_id, set()).add(waiter)
        try:
            self._poll()
            await asyncio.wait({waiter.outcome}, timeout=timeout)
            if not (waiter.was_asked_for or waiter.outcome.done()):
                self.tell(await self._ask([document_id]))
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
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._ask_for_all(), name="waiting")

    async def _ask_for_all(self) -> None:
        loop, pause = asyncio.get_running_loop(), _SHORTEST_SECONDS
        while True:
            began, asked_for = loop.time(), list(self._all)
            try:
                self.tell(await self._ask(list(self._waiters)))
            except StoreUnavailable as problem:
                return self._give_up(problem)
            for waiter in asked_for:
                waiter.was_asked_for = True
            await asyncio.sleep(max(pause, loop.time() - began))
            pause = min(pause * _GROWTH, _LONGEST_SECONDS)

    def _give_up(self, problem: StoreUnavailable) -> None:
        for waiter in self._all:
            _end(waiter, problem)

    @property
    def _all(self) -> Iterator[_Waiter]:
        return chain.from_iterable(self._waiters.values())

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
