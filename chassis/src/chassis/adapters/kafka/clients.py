"""The driver's clients, with an end that always comes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from chassis.adapters.kafka import broken_connections

_LEAVING_SECONDS = 5.0
_ENDING_SECONDS = 1.0

broken_connections.use_everywhere()


class Producer(AIOKafkaProducer):
    """A producer that can be given up."""

    async def end(self) -> None:
        """Close without waiting for the broker: what is not acknowledged by now fails with `ProducerClosed`."""
        if not self._closed:
            self._closed = True
            await _cancelled(self._sender.sender_task)
            self._fail_what_is_under_way()
            await _succeeds(self.client.close(), _ENDING_SECONDS)

    def _fail_what_is_under_way(self) -> None:
        """Fail every batch. The driver's own way expects them all among the pending, and leaves errors unheard."""
        accumulator = self._message_accumulator
        pending = accumulator._pending_batches  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        for waiting in accumulator._batches.values():  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            pending.update(waiting)
        accumulator.fail_all(ProducerClosed())
        for batch in pending:
            for outcome in (batch.future, batch._drain_waiter):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
                outcome.exception()


class Consumer(AIOKafkaConsumer):
    """A consumer that leaves its group in a bounded time."""

    async def end(self) -> None:
        """Leave the group and close; a broker that is away or slow is not waited for."""
        if not await _succeeds(self.stop(), _LEAVING_SECONDS):
            await self._abandon()

    async def _abandon(self) -> None:
        await _cancelled(getattr(self._coordinator, "_heartbeat_task", None))  # without a group there is none
        if self._fetcher is not None:
            await _succeeds(self._fetcher.close(), _ENDING_SECONDS)
        await _succeeds(self._client.close(), _ENDING_SECONDS)


async def _succeeds(work: Coroutine[Any, Any, None], seconds: float) -> bool:
    """Do the work in a task of its own: the driver's closing can end as if it were cancelled, which it is not."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    await _cancelled(task)
    return task.done() and not task.cancelled() and task.exception() is None


async def _cancelled(task: "asyncio.Future[None] | None") -> None:
    """Cancel a task of the driver: the first time it may still wait for an answer, the second time it ends."""
    for _ in range(2):
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=_ENDING_SECONDS)
