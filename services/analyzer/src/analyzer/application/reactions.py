"""Others' events become our work: an attempt that is asked for is done, one that is no longer wanted is stopped."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from analyzer.application.attempt import Analyst, Attempt
from analyzer.application.facts import Facts
from analyzer.domain.assignment import Assignment, assignment
from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope, MalformedEnvelope, from_message
from california_gold_contracts.event import Event
from california_gold_contracts.topics import JOBS
from chassis.ports.message_bus import ReceivedMessage

_ASKING = (jobs.JobSubmitted, jobs.JobInputAttached, jobs.JobRequeued)
_ENDING = (jobs.JobCancelled, jobs.JobDeleted, jobs.JobStatusSet, jobs.JobRequeued)


@dataclass
class Reactions:
    """What this analyzer does about the events of jobs: one attempt at a time."""

    analyst: Analyst
    _running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Do what the events ask for, in order. An attempt that is over, or was done before, costs one read."""
        for envelope in envelopes:
            event = _event(envelope)
            if isinstance(event, jobs.JobDeleted):
                await self.analyst.earlier.forget(event.job_id)
            elif isinstance(event, _ASKING) and _may_have_input(event):
                await self._attempt(event, envelope)

    async def watch(self) -> None:
        """Follow the jobs for ever and stop the attempt whose job was ended meanwhile by a person."""
        async for batch in self.analyst.infrastructure.bus.follow([JOBS.name], from_start=False):
            await self._stop_unwanted(batch)

    async def _attempt(self, event: jobs.JobEvent, envelope: Envelope) -> None:
        job_id = str(event.job_id)
        doing = asyncio.ensure_future(self._do_if_wanted(event, envelope))
        self._running[job_id] = doing
        try:
            await asyncio.wait({doing})
            if not doing.cancelled():
                doing.result()
        finally:
            self._running.pop(job_id)
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing

    async def _do_if_wanted(self, event: jobs.JobEvent, envelope: Envelope) -> None:
        found = await self._assignment(str(event.job_id))
        if found is None or not found.wanted or found.input is None or found.attempt != _attempt_of(event):
            return
        facts = Facts(self.analyst.infrastructure, envelope)
        await Attempt(self.analyst, facts, event.job_id, found.owner_id, found.attempt, found.input).run()

    async def _stop_unwanted(self, batch: Sequence[ReceivedMessage]) -> None:
        ended = {message.key for message in batch if isinstance(_readable(message), _ENDING)}
        for job_id in ended & self._running.keys() if batch else list(self._running):
            found = await self._assignment(job_id)
            doing = self._running.get(job_id)
            if doing is not None and (found is None or not found.wanted):
                doing.cancel()

    async def _assignment(self, job_id: str) -> Assignment | None:
        stored = await self.analyst.infrastructure.events.read(f"job-{job_id}")
        known = [event for event in stored if catalog.JOBS.knows(event.type)]
        return assignment([catalog.JOBS.decode(event.type, event.data) for event in known])


def _attempt_of(event: jobs.JobEvent) -> int:
    return event.attempt if isinstance(event, (jobs.JobInputAttached, jobs.JobRequeued)) else 1


def _may_have_input(event: jobs.JobEvent) -> bool:
    return not isinstance(event, jobs.JobSubmitted) or event.input is not None


def _event(envelope: Envelope) -> Event | None:
    return catalog.JOBS.decode(envelope.type, envelope.data) if catalog.JOBS.knows(envelope.type) else None


def _readable(message: ReceivedMessage) -> Event | None:
    try:
        return _event(from_message(message.headers, message.value))
    except (MalformedEnvelope, ValueError):
        return None
