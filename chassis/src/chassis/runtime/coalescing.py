"""Request coalescing: of equal requests at the same time one is sent, and all get its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class RequestCoalescing(Generic[T]):
    """The requests under way, by a key that equal ones share."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}

    async def request(self, key: Hashable, send: Callable[[], Awaitable[T]]) -> T:
        """Send a request, or wait for the answer to an equal one; when its sender is cancelled, send it again."""
        while (answer := self._under_way.get(key)) is not None:
            await asyncio.wait([answer])
            if not answer.cancelled():
                return answer.result()
        answer = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            answer.set_result(await send())
        except Exception as problem:  # noqa: BLE001  (every waiter gets it)
            answer.set_exception(problem)
        finally:
            del self._under_way[key]
            answer.cancel()  # has no effect on an answer
        return answer.result()
