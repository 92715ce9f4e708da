"""The threads that the driver's blocking calls are made on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from chassis.adapters.minio.connection import DRIVER_ERRORS, THREADS, translated
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")


class Threads:
    """A bounded pool. A call ends by the client's deadlines, whether somebody still waits for it or not."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor

    def start(self, do: Callable[[], T]) -> "Future[T]":
        """Have it done. What the driver raises comes out as an error of the port. Raises `StoreUnavailable`."""
        try:
            return self._executor.submit(_translating, do)
        except RuntimeError:
            raise StoreUnavailable("S3: closed") from None

    async def call(self, do: Callable[[], T]) -> T:
        """Have it done; return what it returns."""
        return await asyncio.wrap_future(self.start(do))


@asynccontextmanager
async def threads() -> AsyncGenerator[Threads]:
    """Open a pool; at the end, wait for what is under way."""
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
    try:
        yield Threads(executor)
    finally:
        await asyncio.to_thread(executor.shutdown, cancel_futures=True)


def _translating(do: Callable[[], T]) -> T:
    try:
        return do()
    except DRIVER_ERRORS as problem:
        raise translated(problem) from None
