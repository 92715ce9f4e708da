"""Feed of one job: its current state and each new one, for the job's subscribers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

import structlog

from california_gold_contracts import catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.job_view import JOBS_READ_MODEL
from california_gold_contracts.sealed_texts import SEALED_FIELDS
from california_gold_contracts.topics import JOBS as TOPIC
from chassis.commands.recording import envelope_of
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import NO_STREAM, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.tracing.batches import processing
from notifier.application.subscriber import Subscriber
from notifier.domain.job_update import (
    NO_TEXTS,
    JobState,
    Texts,
    evolve,
    job_not_found,
    job_update,
    stored_state,
    texts_of,
    with_texts,
)

JOBS = Collection(*JOBS_READ_MODEL)
_READ_MODEL_TIMEOUT_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_PAGE_EVENTS = 100
MAX_REPLAYED_EVENTS = 1000
"""Of a job with more events, a subscriber that was away receives the current state only."""
_log = structlog.get_logger()


@dataclass(eq=False)
class JobFeed:
    """The current state of one job, each new one in order of revision, and the job's subscribers.

    A state is sent only once the read model has reached its revision: a client that receives `completed` can GET the
    results. The first state comes from the read model, so that a socket does not read the job's stream; so do the
    texts of every state, because those in events are sealed (ADR 39).
    `subscriber_count` includes subscribers that wait for the first state.
    """

    job_id: str
    infrastructure: Infrastructure
    subscribers: set[Subscriber] = field(default_factory=set[Subscriber])
    subscriber_count: int = 0
    _received: asyncio.Queue[Envelope | None] = field(default_factory=asyncio.Queue["Envelope | None"])
    _state: JobState | None = None
    _texts: Texts = field(default_factory=lambda: NO_TEXTS)
    _revision: int = NO_STREAM
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)

    def receive(self, envelope: Envelope | None) -> None:
        """Accept an event of the job; None means that events may have been missed."""
        self._received.put_nowait(envelope)

    async def subscribe(self, subscriber: Subscriber, after: int | None) -> None:
        """Send the current state, or with `after` each later state; then every new one."""
        await self._loaded.wait()
        if after is not None and self._is_shown_to(subscriber):
            await self._replay(subscriber, after)
        elif self._state is not None:
            self._send(subscriber, self._state, {})
        if self._state is None:
            subscriber.send(job_not_found(self.job_id))
        if self._is_shown_to(subscriber):
            subscriber.job_found.set()
        self.subscribers.add(subscriber)

    async def run(self) -> None:
        """Keep the state up to date until cancelled; an unavailable store is retried."""
        envelope: Envelope | None = None
        while True:
            try:
                if not self._loaded.is_set():
                    await self._load()
                await self._catch_up(envelope)
                self._loaded.set()
                envelope = await self._received.get()
            except StoreUnavailable as problem:
                await self._interrupted(problem)
                envelope = None

    async def _load(self) -> None:
        document = await self.infrastructure.documents.get(JOBS, self.job_id)
        if document is not None:
            self._revision, self._state = document.revision, _stored_state(document)
            self._texts = texts_of(self._state)

    async def _catch_up(self, envelope: Envelope | None) -> None:
        if envelope is None or envelope.revision > self._revision + 1:
            while page := await self._page(self._revision, _PAGE_EVENTS):
                await self._apply(page)
        elif envelope.revision == self._revision + 1:
            await self._apply([envelope])

    async def _page(self, after: int, limit: int) -> Sequence[Envelope]:
        stored = await self.infrastructure.events.read(f"job-{self.job_id}", after, limit)
        return [envelope_of(event) for event in stored]

    async def _apply(self, envelopes: Sequence[Envelope]) -> None:
        topics = repeat(TOPIC.name, len(envelopes))
        with processing(envelopes, topics, self.infrastructure.tracing, "notifier") as traced:
            await self._show(traced)

    async def _show(self, envelopes: Sequence[Envelope]) -> None:
        await self._wait_for_read_model(envelopes[-1].revision)
        if any(envelope.type in SEALED_FIELDS for envelope in envelopes):
            document = await self.infrastructure.documents.get(JOBS, self.job_id)
            self._texts = texts_of(_stored_state(document) if document else None)
        for envelope in envelopes:
            self._revision = envelope.revision
            if catalog.JOBS.knows(envelope.type):
                self._state = with_texts(_state_after(self._state, envelope), self._texts)
                self._publish(self._state, envelope.traceparent)

    async def _wait_for_read_model(self, revision: int) -> None:
        documents = self.infrastructure.documents
        while not await documents.wait_for(JOBS, self.job_id, revision, _READ_MODEL_TIMEOUT_SECONDS):
            pass

    async def _replay(self, subscriber: Subscriber, after: int) -> None:
        """Send the states after a revision, by reading the stream up to the current one, page by page."""
        state, revision = None, NO_STREAM
        while revision < self._revision and after < self._revision and self._state is not None:
            if self._revision >= MAX_REPLAYED_EVENTS:
                return self._send(subscriber, self._state, {})
            try:
                page = await self._page(revision, min(_PAGE_EVENTS, self._revision - revision))
            except StoreUnavailable as problem:
                await self._interrupted(problem)
                continue
            if not page:
                return self._send(subscriber, self._state, {})
            for envelope in page:
                revision = envelope.revision
                if catalog.JOBS.knows(envelope.type):
                    state = with_texts(_state_after(state, envelope), self._texts)
                if state is not None and after < state.revision == revision:
                    self._send(subscriber, state, {})
        return None

    async def _interrupted(self, problem: StoreUnavailable) -> None:
        _log.warning("channel_interrupted", job_id=self.job_id, reason=str(problem))
        await asyncio.sleep(_RETRY_SECONDS)

    def _publish(self, state: JobState | None, traceparent: str) -> None:
        messages: dict[bool, str] = {}
        for subscriber in self.subscribers:
            if state is None:
                subscriber.send(job_not_found(self.job_id))
            else:
                self._send(subscriber, state, messages, traceparent)

    def _send(self, subscriber: Subscriber, state: JobState, messages: dict[bool, str], traceparent: str = "") -> None:
        """Send what this subscriber may see of a state; `messages` caches the message for owners and for others."""
        if not subscriber.may_see(state.owner_id):
            subscriber.send(job_not_found(self.job_id))
            return
        is_owner = subscriber.user_id == state.owner_id
        if is_owner not in messages:
            messages[is_owner] = job_update(state, to_owner=is_owner)
        subscriber.job_found.set()
        subscriber.send(messages[is_owner], traceparent)

    def _is_shown_to(self, subscriber: Subscriber) -> bool:
        return self._state is not None and subscriber.may_see(self._state.owner_id)


def _stored_state(document: Document) -> JobState | None:
    return stored_state(document.body, document.revision) if document.body else None


def _state_after(before: JobState | None, envelope: Envelope) -> JobState | None:
    return evolve(before, catalog.JOBS.read(envelope), envelope)
