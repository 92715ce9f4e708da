"""Single-flight: concurrent callers share one execution of the same work."""

import asyncio
from collections.abc import Callable, Coroutine


class SingleFlight:
    """Runs work once; after a failure the next caller runs it again. Cancelling a caller does not cancel the work."""

    def __init__(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def start(self) -> "asyncio.Task[None]":
        """Start the work unless it is running or has succeeded; return its task."""
        if self._task is None or _failed(self._task):
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(_failed)
        return self._task

    async def wait(self) -> None:
        """Wait until the work has succeeded. Raises what it raises."""
        await asyncio.shield(self.start())


def _failed(task: "asyncio.Task[None]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
