"""Documents that several ask for at the same moment, by one query."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from chassis.ports.document_store import Document

Answer = Mapping[str, Document]
Ask = Callable[[Sequence[str]], Awaitable[Answer]]


class BatchLoader:
    """Gathers ids until the event loop has gone round, then asks for all of them. Nobody waits for others to come."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._ids: set[str] = set()
        self._answer: asyncio.Task[Answer] | None = None

    async def get(self, document_id: str) -> Document | None:
        """Return a document, None when there is none. Raises what `ask` raises."""
        if self._answer is None:
            self._answer = asyncio.create_task(self._asked())
            self._answer.add_done_callback(_heard)
        self._ids.add(document_id)
        # Who gives up takes nothing from the others.
        return (await asyncio.shield(self._answer)).get(document_id)

    async def _asked(self) -> Answer:
        ids, self._ids, self._answer = list(self._ids), set(), None
        return await self._ask(ids)


def _heard(answer: "asyncio.Task[Answer]") -> None:
    """Take note of a failure that nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()
