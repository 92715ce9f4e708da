"""Write queues: writes of one process to one stream take turns instead of refusing each other."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from chassis.commands.optimistic_concurrency import MAX_SECONDS, retry_on_conflict
from chassis.ports.event_store import StoreUnavailable, WrongExpectedRevision

T = TypeVar("T")
_Turns = deque[asyncio.Future[None]]


@dataclass(frozen=True)
class WriteQueues:
    """One queue per subject (a stream, an account), first come, first served.

    A queue exists only while a write of its subject is under way. A write that meets no other costs a dictionary entry.
    """

    seconds: float = MAX_SECONDS
    _queues: dict[str, _Turns] = field(init=False, repr=False, compare=False, default_factory=dict[str, _Turns])

    def __len__(self) -> int:
        """Return the number of subjects with a write that is under way."""
        return len(self._queues)

    async def write(
        self, subject: str, write: Callable[[], Awaitable[T]], *, conflict: type[Exception] = WrongExpectedRevision
    ) -> T:
        """Return what `write` returns, once it is its turn; retry while it raises `conflict`: another process writes.

        Waiting and retrying take at most `seconds` together; then raises `StoreUnavailable`.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.seconds
        if (queue := self._queues.get(subject)) is None:
            self._queues[subject] = _Turns()
        else:
            await self._wait_for_turn(subject, queue)
        try:
            return await retry_on_conflict(write, subject, conflict=conflict, seconds=deadline - clock())
        finally:
            self._pass_on(subject)

    async def _wait_for_turn(self, subject: str, queue: _Turns) -> None:
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except BaseException as problem:
            if turn.cancelled():
                with suppress(ValueError):
                    queue.remove(turn)
            else:
                self._pass_on(subject)
            if isinstance(problem, TimeoutError):
                raise StoreUnavailable(f"{subject}: earlier writes took more than {self.seconds:g} s") from None
            raise

    def _pass_on(self, subject: str) -> None:
        queue = self._queues[subject]
        while queue:
            if not (turn := queue.popleft()).done():
                turn.set_result(None)
                return
        del self._queues[subject]
