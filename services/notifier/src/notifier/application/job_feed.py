"""All that is told of one job while somebody listens: its states so far, and each new one as it comes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts import catalog
from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import envelope_of
from chassis.ports.event_store import NO_STREAM, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.read_models import JOBS
from notifier.application.subscriber import Subscriber
from notifier.domain.job_state import JobState, evolve, message, not_found

_ASK_AGAIN_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
_log = structlog.get_logger()


@dataclass(eq=False)
class JobFeed:
    """The states of one job in order of revision, and who listens.

    A state is told only when the read model has reached its revision: whoever hears `completed` can GET the results.
    """

    job_id: str
    infrastructure: Infrastructure
    subscribers: set[Subscriber] = field(default_factory=set[Subscriber])
    expected: int = 0
    _news: asyncio.Queue[Envelope | None] = field(default_factory=asyncio.Queue["Envelope | None"])
    _states: list[JobState] = field(default_factory=list["JobState"])
    _revision: int = NO_STREAM
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, envelope: Envelope | None) -> None:
        """Take note of an event of the job; None says that some may have been missed."""
        self._news.put_nowait(envelope)

    async def join(self, subscriber: Subscriber, after: int | None) -> None:
        """Tell a new subscriber the present state, or with `after` each later state; then all that comes."""
        await self._open.wait()
        if not self._states:
            subscriber.tell(not_found(self.job_id))
        for state in self._states[-1:] if after is None else self._states:
            if after is None or state.revision > after:
                self._tell(subscriber, state, {})
        self.subscribers.add(subscriber)

    async def run(self) -> None:
        """Keep the states up to date until cancelled; a store that is away is waited for."""
        news: Envelope | None = None
        while True:
            try:
                await self._follow(news)
                self._open.set()
                news = await self._news.get()
            except StoreUnavailable as problem:
                _log.warning("channel_interrupted", job_id=self.job_id, reason=str(problem))
                await asyncio.sleep(_PAUSE_SECONDS)
                news = None

    async def _follow(self, news: Envelope | None) -> None:
        if news is None or news.revision > self._revision + 1:
            await self._advance(await self._missing())
        elif news.revision == self._revision + 1:
            await self._advance([news])

    async def _missing(self) -> Sequence[Envelope]:
        stored = await self.infrastructure.events.read(f"job-{self.job_id}", after=self._revision)
        return [envelope_of(event) for event in stored]

    async def _advance(self, envelopes: Sequence[Envelope]) -> None:
        if envelopes:
            await self._readable(envelopes[-1].revision)
        for envelope in envelopes:
            self._revision = envelope.revision
            if catalog.JOBS.knows(envelope.type):
                self._announce(self._after(envelope))

    def _after(self, envelope: Envelope) -> JobState | None:
        before = self._states[-1] if self._states else None
        event = catalog.JOBS.decode(envelope.type, envelope.data)
        return evolve(before, event, envelope.revision, envelope.time)

    async def _readable(self, revision: int) -> None:
        while not await self.infrastructure.documents.wait_for(JOBS, self.job_id, revision, _ASK_AGAIN_SECONDS):
            pass

    def _announce(self, state: JobState | None) -> None:
        if state is None:
            self._states.clear()
            gone = not_found(self.job_id)
            for subscriber in self.subscribers:
                subscriber.tell(gone)
            return
        self._states.append(state)
        texts: dict[bool, str] = {}
        for subscriber in self.subscribers:
            self._tell(subscriber, state, texts)

    def _tell(self, subscriber: Subscriber, state: JobState, texts: dict[bool, str]) -> None:
        """Tell a state in the form for this subscriber; each form is made once and kept in `texts`."""
        to_owner = subscriber.user_id == state.owner_id
        if subscriber.owner_only and not to_owner:
            subscriber.tell(not_found(self.job_id))
            return
        if to_owner not in texts:
            texts[to_owner] = message(state, to_owner=to_owner)
        subscriber.knows_job = True
        subscriber.tell(texts[to_owner])
