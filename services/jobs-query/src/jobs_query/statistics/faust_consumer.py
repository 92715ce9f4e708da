"""Faust's Kafka consumer with a stop that ends in bounded time, whatever the broker and the document store do (ADR 14).

Faust runs the driver in a thread with an event loop of its own. It waits without a limit for the events in progress,
for the last commit, for the driver and for the thread, and a cancellation does not end these waits.
"""

# Faust's types leave much unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar, cast

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP
from mode.threads import ServiceThread

_CLOSE_SECONDS = 3.0
"""How long the driver may take to leave the group and to close."""

_CANCEL_SECONDS = 0.5
T = TypeVar("T")


class GivesUp(Protocol):
    """An application that stops; `giving_up` is done when it no longer waits for the events in progress."""

    giving_up: asyncio.Future[None]


class GivenUp(Exception):
    """A wait was given up, because the application must stop."""


class BoundedConsumer(Consumer):
    """Gives up the events in progress and their commit when the application does; they are delivered again.

    Its application is a `GivesUp`.
    """

    consumer_stopped_errors: ClassVar[tuple[type[BaseException], ...]] = (*Consumer.consumer_stopped_errors, GivenUp)

    def _new_consumer_thread(self) -> "_BoundedThread":
        return _BoundedThread(self, loop=self.loop, beacon=self.beacon)

    async def wait_empty(self) -> None:
        """Wait until the events in progress are handled and committed, or given up."""
        try:
            await _unless_given_up(self.app, super().wait_empty)
        except GivenUp:
            if not self.should_stop:
                self.log.warning("Stopping with events in progress: they are delivered again")


class BoundedTransport(Transport):
    """Creates the consumer."""

    Consumer = BoundedConsumer


class _BoundedThread(AIOKafkaConsumerThread):
    async def call_thread(self, fun: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Call the driver. Raises `GivenUp` for a call that is given up."""
        return await _unless_given_up(self.app, partial(super().call_thread, fun, *args, **kwargs))

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; False when the commit is given up: then the events are delivered again."""
        try:
            return await super().commit(offsets)
        except GivenUp:
            return False

    async def stop(self) -> None:
        """Stop the thread, without blocking the event loop until it has ended."""
        if self._started.is_set():
            await super(ServiceThread, self).stop()
            if self._thread is not None:
                await asyncio.to_thread(self._thread.stop)

    async def on_thread_stop(self) -> None:
        """Leave the group and close."""
        try:
            await super().on_thread_stop()
        finally:
            # The driver closes its connections last, and not when one of its requests waits for the next attempt: then
            # its fetcher raises `CancelledError`.
            if self._consumer is not None:
                await self._consumer._client.close()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    async def _shutdown_thread(self) -> None:
        """Shut down, and report it in any case: `stop` waits for that."""
        closing = asyncio.ensure_future(super()._shutdown_thread())
        await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)
        self.set_shutdown()

    async def _gather_remaining_tasks(self) -> None:
        """Cancel the tasks of the driver, twice if necessary: the first time one may go on waiting for a response."""
        for _ in range(2):
            remaining = asyncio.all_tasks() - {asyncio.current_task()}
            for task in remaining:
                task.cancel()
            if remaining:
                await asyncio.wait(remaining, timeout=_CANCEL_SECONDS)


async def _unless_given_up(app: object, work: Callable[[], Awaitable[T]]) -> T:
    """Return the result of work. Raises `GivenUp` once the application gives up; then no work starts."""
    giving_up = cast("GivesUp", app).giving_up
    if giving_up.done():
        raise GivenUp
    working = asyncio.ensure_future(work())
    try:
        await asyncio.wait({working, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise GivenUp
        return working.result()
    finally:
        working.cancel()
