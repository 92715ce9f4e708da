"""Feed of one job: its states so far and each new one, for the job's subscribers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts import catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.job_view import JOBS_READ_MODEL
from chassis.commands.recording import envelope_of
from chassis.ports.document_store import Collection
from chassis.ports.event_store import NO_STREAM, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from notifier.application.subscriber import Subscriber
from notifier.domain.job_update import JobState, evolve, job_not_found, job_update

JOBS = Collection(*JOBS_READ_MODEL)
_READ_MODEL_TIMEOUT_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_log = structlog.get_logger()


@dataclass(eq=False)
class JobFeed:
    """The states of one job in order of revision, and its subscribers.

    A state is sent only once the read model has reached its revision: a client that receives `completed` can GET the
    results. `subscriber_count` includes subscribers that wait for the first state.
    """

    job_id: str
    infrastructure: Infrastructure
    subscribers: set[Subscriber] = field(default_factory=set[Subscriber])
    subscriber_count: int = 0
    _received: asyncio.Queue[Envelope | None] = field(default_factory=asyncio.Queue["Envelope | None"])
    _states: list[JobState] = field(default_factory=list["JobState"])
    _revision: int = NO_STREAM
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)

    def receive(self, envelope: Envelope | None) -> None:
        """Accept an event of the job; None means that events may have been missed."""
        self._received.put_nowait(envelope)

    async def subscribe(self, subscriber: Subscriber, after: int | None) -> None:
        """Send the current state, or with `after` each later state; then every new one."""
        await self._loaded.wait()
        if not self._states:
            subscriber.send(job_not_found(self.job_id))
        for state in self._states[-1:] if after is None else self._states:
            if after is None or state.revision > after:
                self._send(subscriber, state, {})
        self.subscribers.add(subscriber)

    async def run(self) -> None:
        """Keep the states up to date until cancelled; an unavailable store is retried."""
        envelope: Envelope | None = None
        while True:
            try:
                await self._catch_up(envelope)
                self._loaded.set()
                envelope = await self._received.get()
            except StoreUnavailable as problem:
                _log.warning("channel_interrupted", job_id=self.job_id, reason=str(problem))
                await asyncio.sleep(_RETRY_SECONDS)
                envelope = None

    async def _catch_up(self, envelope: Envelope | None) -> None:
        if envelope is None or envelope.revision > self._revision + 1:
            await self._apply(await self._missing())
        elif envelope.revision == self._revision + 1:
            await self._apply([envelope])

    async def _missing(self) -> Sequence[Envelope]:
        stored = await self.infrastructure.events.read(f"job-{self.job_id}", after=self._revision)
        return [envelope_of(event) for event in stored]

    async def _apply(self, envelopes: Sequence[Envelope]) -> None:
        if envelopes:
            await self._wait_for_read_model(envelopes[-1].revision)
        for envelope in envelopes:
            self._revision = envelope.revision
            if catalog.JOBS.knows(envelope.type):
                self._publish(self._state_after(envelope))

    def _state_after(self, envelope: Envelope) -> JobState | None:
        before = self._states[-1] if self._states else None
        return evolve(before, catalog.JOBS.decode(envelope.type, envelope.data), envelope)

    async def _wait_for_read_model(self, revision: int) -> None:
        documents = self.infrastructure.documents
        while not await documents.wait_for(JOBS, self.job_id, revision, _READ_MODEL_TIMEOUT_SECONDS):
            pass

    def _publish(self, state: JobState | None) -> None:
        if state is None:
            self._states.clear()
            not_found = job_not_found(self.job_id)
            for subscriber in self.subscribers:
                subscriber.send(not_found)
            return
        self._states.append(state)
        messages: dict[bool, str] = {}
        for subscriber in self.subscribers:
            self._send(subscriber, state, messages)

    def _send(self, subscriber: Subscriber, state: JobState, messages: dict[bool, str]) -> None:
        """Send what this subscriber may see of a state; `messages` caches the message for owners and for others."""
        is_owner = subscriber.user_id == state.owner_id
        if subscriber.owner_only and not is_owner:
            subscriber.send(job_not_found(self.job_id))
            return
        if is_owner not in messages:
            messages[is_owner] = job_update(state, to_owner=is_owner)
        subscriber.has_received_state = True
        subscriber.send(messages[is_owner])
