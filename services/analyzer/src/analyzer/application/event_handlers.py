"""Handler of the events of jobs: a requested attempt is run, a running attempt of an ended job is cancelled."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog

from analyzer.application.analysis_publisher import AnalysisPublisher
from analyzer.application.attempt import AnalyzerDependencies, Attempt
from analyzer.domain.failures import FailureCode
from analyzer.domain.requested_attempt import RequestedAttempt, requested_attempt
from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope, MalformedEnvelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import JOBS
from chassis.messaging.confirmation import Confirmation
from chassis.messaging.delivery import HandleLater
from chassis.ports.message_bus import ReceivedMessage
from chassis.ports.tracing import SpanKind
from chassis.tracing.work import traced

_log = structlog.get_logger()
_REQUESTING_EVENTS = (jobs.JobSubmitted, jobs.JobInputAttached, jobs.JobRequeued)
_HANDLED = frozenset(event.wire_type.rpartition(".")[0] for event in (*_REQUESTING_EVENTS, jobs.JobDeleted))
_ENDING_EVENTS = (jobs.JobCancelled, jobs.JobDeleted, jobs.JobStatusSet, jobs.JobRequeued)


@dataclass
class JobEventHandler:
    """Handles the events of jobs: runs the attempts of several jobs at once if it is called so, one of each job.

    An attempt that timed out is tried once more, after all others that wait.
    """

    dependencies: AnalyzerDependencies
    _timed_out: set[tuple[UUID, int]] = field(default_factory=set[tuple[UUID, int]])
    _running: dict[str, tuple[int, "asyncio.Task[None]"]] = field(
        default_factory=dict[str, tuple[int, "asyncio.Task[None]"]]
    )

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Run the requested attempts, in order. An attempt that has already ended costs one read of its stream."""
        for envelope in filter(_matters, envelopes):
            event = _event(envelope)
            if isinstance(event, jobs.JobDeleted):
                await Confirmation(self.dependencies.infrastructure.events).confirm(envelope, f"job-{event.job_id}")
                await self.dependencies.result_cache.discard(event.job_id)
            elif isinstance(event, _REQUESTING_EVENTS) and _may_have_input(event):
                await self._run_cancellable(event, envelope)

    async def owner_waiting_for(self, envelope: Envelope) -> int | None:
        """Return the owner of the job, for an event that asks for an attempt or ends the job; None for others."""
        event = _event(envelope) if _matters(envelope) else None
        if isinstance(event, jobs.JobSubmitted):
            return event.owner_id if event.input else None
        if event is not None:
            first = await self.dependencies.infrastructure.events.read(envelope.stream, limit=1)
            submitted = catalog.JOBS.decode(first[0].type, first[0].data) if first else None
            return submitted.owner_id if isinstance(submitted, jobs.JobSubmitted) else None
        return None

    async def watch(self) -> None:
        """Subscribe to the jobs topic and cancel the running attempt of a job that a user ends."""
        async for batch in self.dependencies.infrastructure.bus.follow([JOBS.name], from_start=False):
            await self._cancel_inactive(batch)

    async def _run_cancellable(self, event: jobs.JobEvent, envelope: Envelope) -> None:
        job_id = str(event.job_id)
        task = asyncio.ensure_future(self._run_if_active(event, envelope))
        self._running[job_id] = (_attempt_of(event), task)
        try:
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()
        finally:
            self._running.pop(job_id)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run_if_active(self, event: jobs.JobEvent, envelope: Envelope) -> None:
        newest = await self._newest_attempt(str(event.job_id))
        if newest is None or not newest.active or newest.input is None or newest.attempt != _attempt_of(event):
            return
        tracing, attributes = self.dependencies.infrastructure.tracing, {"california_gold.attempt": newest.attempt}
        with traced(tracing, "analysis", SpanKind.INTERNAL, envelope.traceparent, attributes) as traceparent:
            await self._run_attempt(event, newest, newest.input, replace(envelope, traceparent=traceparent))

    async def _run_attempt(
        self, event: jobs.JobEvent, newest: RequestedAttempt, job_input: jobs.JobInput, cause: Envelope
    ) -> None:
        publisher, key = AnalysisPublisher(self.dependencies.infrastructure, cause), (event.job_id, newest.attempt)
        last_try = key in self._timed_out
        self._timed_out.discard(key)
        attempt = Attempt(
            self.dependencies, publisher, event.job_id, newest.owner_id, newest.attempt, job_input, last_try
        )
        try:
            await attempt.run()
        except HandleLater:
            _log.warning("analysis_put_off", job_id=str(event.job_id), code=FailureCode.TIMEOUT)
            self._timed_out.add(key)
            raise

    async def _cancel_inactive(self, batch: Sequence[ReceivedMessage]) -> None:
        """Cancel attempts that are no longer active; check all of them when the subscription starts (empty batch)."""
        ended = {message.key for message in batch if isinstance(_readable(message), _ENDING_EVENTS)}
        for job_id in ended & self._running.keys() if batch else list(self._running):
            newest = await self._newest_attempt(job_id)
            attempt, task = self._running.get(job_id, (0, None))
            if task is not None and (newest is None or not newest.active or newest.attempt > attempt):
                task.cancel()

    async def _newest_attempt(self, job_id: str) -> RequestedAttempt | None:
        stored = await self.dependencies.infrastructure.events.read(f"job-{job_id}")
        known = [event for event in stored if catalog.JOBS.knows(event.type)]
        return requested_attempt([catalog.JOBS.decode(event.type, event.data) for event in known])


def _attempt_of(event: jobs.JobEvent) -> int:
    return event.attempt if isinstance(event, (jobs.JobInputAttached, jobs.JobRequeued)) else 1


def _matters(envelope: Envelope) -> bool:
    """Return whether an event is handled, in any of its versions. Others are not decoded: some are large."""
    return envelope.type.rpartition(".")[0] in _HANDLED


def _may_have_input(event: jobs.JobEvent) -> bool:
    return not isinstance(event, jobs.JobSubmitted) or event.input is not None


def _event(envelope: Envelope) -> Event | None:
    return catalog.JOBS.read(envelope) if catalog.JOBS.knows(envelope.type) else None


def _readable(message: ReceivedMessage) -> Event | None:
    try:
        return _event(message.envelope())
    except (MalformedEnvelope, ValueError):
        return None
