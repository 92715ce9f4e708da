"""The driver's producer and consumer with a bounded close, and a fix of its connections on uvloop (ADR 17)."""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError, KafkaError, ProducerClosed

from chassis.adapters.kafka.refusals import note_refusal

_LEAVE_TIMEOUT_SECONDS = 5.0
_CLOSE_TIMEOUT_SECONDS = 1.0


class UvloopSafeConnection(AIOKafkaConnection):
    """A driver connection that raises `KafkaConnectionError` on every event loop when it is closed during a write.

    It also notes why a broker refuses it, which the driver would only log: also that the driver and the broker have no
    version of a request in common, for which the driver raises `NotImplementedError`.
    The driver expects an `OSError`. uvloop raises a `RuntimeError` (aio-libs/aiokafka#1038), which ends the driver's
    task that was writing; if that is the task that refreshes the cluster metadata, all others wait forever.
    """

    async def connect(self) -> object:
        """Open the connection: TLS, versions, authentication."""
        try:
            return await super().connect()
        except (KafkaError, OSError) as problem:
            note_refusal(problem)
            raise

    def send(self, request: object, expect_response: bool = True) -> Awaitable[object]:
        """Send a request; the result is the response."""
        with self._closing_on_runtime_error():
            return super().send(request, expect_response)

    def _send_sasl_token(self, payload: bytes, expect_response: bool = True) -> Awaitable[object]:
        with self._closing_on_runtime_error():
            return super()._send_sasl_token(payload, expect_response)

    @contextmanager
    def _closing_on_runtime_error(self) -> Generator[None]:
        try:
            yield
        except KafkaError as problem:
            note_refusal(problem)
            raise
        except NotImplementedError as problem:  # a `RuntimeError` too
            incompatible = IncompatibleBrokerVersion(str(problem))
            note_refusal(incompatible)
            raise incompatible from problem
        except RuntimeError as problem:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"the connection to {self.host}:{self.port} is closed") from problem


conn.AIOKafkaConnection = UvloopSafeConnection  # for every aiokafka client of this process, also those of Faust


class Producer(AIOKafkaProducer):
    """A producer that can be aborted."""

    async def abort(self) -> None:
        """Close without waiting for the broker: unacknowledged batches fail with `ProducerClosed`."""
        if not self._closed:
            self._closed = True
            await _cancel(self._sender.sender_task)
            self._fail_unacknowledged_batches()
            await _succeeds_within(_CLOSE_TIMEOUT_SECONDS, self.client.close())

    def _fail_unacknowledged_batches(self) -> None:
        """Fail every batch, and mark its error as retrieved.

        The driver's `fail_all` covers only pending batches, and asyncio would log each error that nobody retrieves.
        """
        accumulator = self._message_accumulator
        pending = accumulator._pending_batches  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        for queued in accumulator._batches.values():  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            pending.update(queued)
        accumulator.fail_all(ProducerClosed())
        for batch in pending:
            for outcome in (batch.future, batch._drain_waiter):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
                outcome.exception()


class Consumer(AIOKafkaConsumer):
    """A consumer that leaves its group and closes in bounded time."""

    async def end(self) -> None:
        """Leave the group and close; do not wait for a broker that is away or slow."""
        if not await _succeeds_within(_LEAVE_TIMEOUT_SECONDS, self.stop()):
            await self._abort()

    async def _abort(self) -> None:
        await _cancel(getattr(self._coordinator, "_heartbeat_task", None))  # a consumer without a group has none
        if self._fetcher is not None:
            await _succeeds_within(_CLOSE_TIMEOUT_SECONDS, self._fetcher.close())
        await _succeeds_within(_CLOSE_TIMEOUT_SECONDS, self._client.close())


async def _succeeds_within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Run the work in its own task, because closing the driver can raise `CancelledError` in the caller's task."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    await _cancel(task)
    return task.done() and not task.cancelled() and task.exception() is None


async def _cancel(task: "asyncio.Future[None] | None") -> None:
    """Cancel a task of the driver, twice if necessary: the first time it may go on waiting for a response."""
    for _ in range(2):
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=_CLOSE_TIMEOUT_SECONDS)
