"""The thread pool for the driver's blocking calls."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from chassis.adapters.minio.connection import DRIVER_ERRORS, MAX_THREADS, translated
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")


class ThreadPool:
    """A bounded thread pool. The client's timeouts end every call, also one whose caller was cancelled."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor

    def start(self, function: Callable[[], T]) -> "Future[T]":
        """Submit a call. Errors of the driver become errors of the port. Raises `StoreUnavailable`."""
        try:
            return self._executor.submit(_translating, function)
        except RuntimeError:
            raise StoreUnavailable("S3: closed") from None

    async def call(self, function: Callable[[], T]) -> T:
        """Run a call on a thread and return its result."""
        return await asyncio.wrap_future(self.start(function))


@asynccontextmanager
async def thread_pool() -> AsyncGenerator[ThreadPool]:
    """Open a pool; on exit, wait for the running calls."""
    executor = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="s3")
    try:
        yield ThreadPool(executor)
    finally:
        await asyncio.to_thread(executor.shutdown, cancel_futures=True)


def _translating(function: Callable[[], T]) -> T:
    try:
        return function()
    except DRIVER_ERRORS as problem:
        raise translated(problem) from None
