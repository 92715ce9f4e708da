"""Work that is done by whoever comes first, while the others wait for it."""

import asyncio
from collections.abc import Callable, Coroutine


class SingleFlight:
    """Work that is done once; after a failure by the next one who asks. A caller who gives up does not end it."""

    def __init__(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> "asyncio.Task[None]":
        """Begin it, unless it is done or under way."""
        if self._task is None or _failed(self._task):
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(_failed)
        return self._task

    async def done(self) -> None:
        """Return when it is done. Raises what it raised."""
        await asyncio.shield(self.begin())


def _failed(task: "asyncio.Task[None]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
