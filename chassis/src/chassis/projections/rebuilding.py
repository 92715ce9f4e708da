"""Rebuild of a read model into a new version beside the live one, without downtime. See ADR 13."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.coordination.checkpoints import Checkpoints
from chassis.coordination.lease import Lease
from chassis.coordination.run_under_lease import LeaseTaken, run_under_lease
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import START, EventStore
from chassis.ports.infrastructure import Infrastructure
from chassis.projections import transitions
from chassis.projections.event_source import EventSource
from chassis.projections.live_documents import versions_of
from chassis.projections.read_model import ProjectEvents, ReadModel
from chassis.projections.transitions import RebuildRefused
from chassis.projections.version_comparison import Comparison, VersionComparer, document_ids
from chassis.projections.versions import PROPAGATION_SECONDS, ReadModelState, ReadModelVersions, version_collection

T = TypeVar("T")
_BATCH_SIZE = 5_000
"""Events projected together: fewer commits, and fewer intermediate documents written."""


class AlreadyRunning(RebuildRefused):
    """Another process holds the lease for this read model."""


@dataclass(frozen=True)
class RebuildProgress:
    """Progress of a step: `done` events or documents; `position` in the log, whose `end` is about there, if known."""

    step: str
    done: int = 0
    position: int = START
    end: int | None = None


@dataclass(frozen=True)
class RebuildResult:
    """The result of a rebuild. `promoted`: the new version is live."""

    version: int
    events: int
    comparison: Comparison
    promoted: bool


@dataclass
class Rebuild:
    """Builds new versions of one read model. An interrupted rebuild resumes when it is run again.

    `propagation_seconds` is the time after which every process has read a change of the versions.
    """

    infrastructure: Infrastructure
    read_model: ReadModel
    report: Callable[[RebuildProgress], None] = lambda _: None
    term: timedelta = timedelta(seconds=20)
    propagation_seconds: float = PROPAGATION_SECONDS
    _events: int = field(default=0, init=False)

    async def run(
        self,
        *,
        source: EventSource = EventSource.STORE,
        accept_differences: bool = False,
        promote: bool = True,
    ) -> RebuildResult:
        """Build a version, compare it with the live one, and promote it unless they differ.

        Raises `RebuildRefused`.
        """
        topic = self.read_model.topic
        if source is EventSource.TOPIC and topic is None:
            raise RebuildRefused(f"the events of {self.read_model.name} are on no topic: rebuild it from the store")

        async def work() -> RebuildResult:
            state, number = await self._start()
            await self._fill(number, topic if source is EventSource.TOPIC else None)
            comparison = await self._compare(state.live, number)
            promoted = promote and (accept_differences or not comparison.differing)
            if promoted:
                await self._promote(number)
            return RebuildResult(number, self._events, comparison, promoted)

        return await self._under_lease(work)

    async def roll_back(self) -> ReadModelState:
        """Make the previous version live again. Raises `RebuildRefused`."""
        return await self._under_lease(lambda: self._versions.change(self.read_model.name, transitions.roll_back))

    async def drop(self) -> Sequence[int]:
        """Delete the previous version; return the numbers that were deleted. Raises `RebuildRefused`."""
        return await self._under_lease(lambda: self._drop(transitions.drop_previous))

    async def abandon(self) -> Sequence[int]:
        """Delete the building version; return the numbers that were deleted. Raises `RebuildRefused`."""
        return await self._under_lease(lambda: self._drop(transitions.abandon_building))

    async def _start(self) -> tuple[ReadModelState, int]:
        state = await self._versions.change(self.read_model.name, transitions.start_building)
        await self._wait_for_propagation()
        await self._delete(state.dropping)
        return state, state.newest

    async def _promote(self, number: int) -> None:
        await self._versions.change(self.read_model.name, transitions.promote)
        await self._wait_for_propagation()
        # A process with an outdated state may have written to the old version only, until now.
        await self._fill(number, None)
        await self._checkpoints.delete([self._checkpoint(number)])

    async def _fill(self, number: int, topic: Topic | None) -> None:
        collection = version_collection(self.read_model.collection, number)
        texts = TextSealing(self.infrastructure.text_keys)
        project = self.read_model.projector(self._documents, self.infrastructure.events, texts, collection)
        end, checkpoint = await self._end(), self._checkpoint(number)
        if topic is not None:
            await self._fill_from_topic(topic, project)
            # Events that are stored and not yet relayed follow from the store.
            await self._checkpoints.advance(checkpoint, end or START)
        after = await self._checkpoints.load_or_start(checkpoint)
        async for batch, position in read_batches(self.infrastructure.events, after, self.read_model.categories):
            await project(batch)
            await self._checkpoints.advance(checkpoint, position)
            self._events += len(batch)
            self.report(RebuildProgress("catch up", self._events, position, end))

    async def _fill_from_topic(self, topic: Topic, project: ProjectEvents) -> None:
        async for batch in self.infrastructure.bus.follow([topic.name], from_start=True):
            if not batch:
                return
            await project([message.envelope() for message in batch])
            self._events += len(batch)
            self.report(RebuildProgress("catch up", self._events))

    async def _compare(self, live: int, number: int) -> Comparison:
        end, collection = await self._end(), self.read_model.collection
        comparer = VersionComparer(
            self._documents, version_collection(collection, live), version_collection(collection, number)
        )
        return await comparer.compare_all(
            self.infrastructure.events,
            self.read_model.categories,
            lambda done, position: self.report(RebuildProgress("compare", done, position, end)),
        )

    async def _drop(self, transition: Callable[[ReadModelState], ReadModelState]) -> Sequence[int]:
        state = await self._versions.change(self.read_model.name, transition)
        await self._wait_for_propagation()
        await self._delete(state.dropping)
        return sorted(state.dropping)

    async def _delete(self, numbers: frozenset[int]) -> None:
        if not numbers:
            return
        end = await self._end()
        async for ids, position in document_ids(self.infrastructure.events, self.read_model.categories):
            for number in numbers:
                await self._documents.delete(version_collection(self.read_model.collection, number), ids)
            self.report(RebuildProgress("delete", len(ids), position, end))
        await self._checkpoints.delete([self._checkpoint(number) for number in numbers])
        await self._versions.change(self.read_model.name, lambda state: transitions.forget_dropped(state, numbers))

    async def _wait_for_propagation(self) -> None:
        self.report(RebuildProgress("wait until every process has read the change"))
        await asyncio.sleep(self.propagation_seconds)

    async def _under_lease(self, work: Callable[[], Awaitable[T]]) -> T:
        name = f"rebuild:{self.read_model.name}"
        lease = Lease(self._documents, self.infrastructure.clock, name, f"{name}:{uuid4()}", self.term)
        try:
            return await run_under_lease(lease, work)
        except LeaseTaken:
            raise AlreadyRunning(f"another process is rebuilding {self.read_model.name}") from None

    async def _end(self) -> int | None:
        return await self._checkpoints.load(self.read_model.checkpoint)

    def _checkpoint(self, number: int) -> str:
        return f"rebuild:{version_collection(self.read_model.collection, number).name}"

    @property
    def _versions(self) -> ReadModelVersions:
        return versions_of(self.infrastructure.documents)

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self._documents)

    @property
    def _documents(self) -> DocumentStore:
        return self._versions.documents


async def read_batches(
    events: EventStore, after: int, categories: Sequence[str]
) -> AsyncIterator[tuple[Sequence[Envelope], int]]:
    """Yield the events of the log in batches of about 5,000, each with the position of its last event."""
    batch: list[Envelope] = []
    async for page in events.read_all(after, categories):
        batch += [envelope_of(event) for event in page]
        if len(batch) >= _BATCH_SIZE:
            yield batch, batch[-1].position
            batch = []
    if batch:
        yield batch, batch[-1].position
