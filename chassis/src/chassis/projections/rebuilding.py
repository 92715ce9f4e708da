"""A read model made anew beside the live one, while everything goes on. ADR 13 says why nothing is missed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import uuid4

from california_gold_contracts.envelope import from_message
from california_gold_contracts.topics import Topic
from chassis.coordination.checkpoints import Checkpoints
from chassis.coordination.lease import Lease
from chassis.coordination.run_under_lease import LeaseTaken, run_under_lease
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import START
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import generations_of
from chassis.projections.read_model import Project, ReadModel
from chassis.projections.rebuild import in_bulk
from chassis.projections.rebuild_check import Comparing, Comparison, subjects
from chassis.projections.switching import (
    RebuildRefused,
    begun,
    dropped,
    rolled_back,
    switched,
    without_building,
    without_previous,
)
from chassis.projections.versions import KNOWN_TO_ALL_SECONDS, Generations, ReadModelState, generation

T = TypeVar("T")


class AlreadyRunning(RebuildRefused):
    """Another process works on the same read model."""


class Origin(StrEnum):
    """Where the events come from."""

    STORE = "store"
    TOPIC = "topic"


@dataclass(frozen=True)
class Progress:
    """How far a step is: `done` events or documents; `position` in the log, which goes to about `end`, if known."""

    step: str
    done: int = 0
    position: int = START
    end: int | None = None


@dataclass(frozen=True)
class Rebuilt:
    """How it ended. `switched`: reads go to the new generation now."""

    generation: int
    events: int
    comparison: Comparison
    switched: bool


@dataclass
class Rebuild:
    """Makes new generations of one read model. Interrupted anywhere, it goes on when it is run again.

    `known_to_all` are the seconds after which every process knows of a change of generations.
    """

    infrastructure: Infrastructure
    read_model: ReadModel
    report: Callable[[Progress], None] = lambda _: None
    term: timedelta = timedelta(seconds=20)
    known_to_all: float = KNOWN_TO_ALL_SECONDS
    _events: int = field(default=0, init=False)

    async def run(
        self, *, origin: Origin = Origin.STORE, accept_differences: bool = False, switch: bool = True
    ) -> Rebuilt:
        """Make a generation, compare it with the live one, and switch to it unless they differ.

        Raises `RebuildRefused`.
        """
        topic = self.read_model.topic
        if origin is Origin.TOPIC and topic is None:
            raise RebuildRefused(f"the events of {self.read_model.name} are on no topic: rebuild it from the store")

        async def work() -> Rebuilt:
            state, number = await self._begin()
            await self._fill(number, topic if origin is Origin.TOPIC else None)
            comparison = await self._compare(state.live, number)
            wanted = switch and (accept_differences or not comparison.count)
            if wanted:
                await self._switch(number)
            return Rebuilt(number, self._events, comparison, wanted)

        return await self._alone(work)

    async def roll_back(self) -> ReadModelState:
        """Let the generation before the last switch be live again. Raises `RebuildRefused`."""
        return await self._alone(lambda: self._generations.change(self.read_model.name, rolled_back))

    async def drop(self) -> Sequence[int]:
        """Delete the generation before the last switch; return what was deleted. Raises `RebuildRefused`."""
        return await self._alone(lambda: self._drop(without_previous))

    async def abandon(self) -> Sequence[int]:
        """Delete the generation in the making; return what was deleted. Raises `RebuildRefused`."""
        return await self._alone(lambda: self._drop(without_building))

    async def _begin(self) -> tuple[ReadModelState, int]:
        state = await self._generations.change(self.read_model.name, begun)
        await self._known_to_all()
        await self._delete(state.dropping)
        return state, state.newest

    async def _switch(self, number: int) -> None:
        await self._generations.change(self.read_model.name, switched)
        await self._known_to_all()
        # A process whose clock stood still may have written to the old generation alone until now.
        await self._fill(number, None)
        await self._checkpoints.delete([self._checkpoint(number)])

    async def _fill(self, number: int, topic: Topic | None) -> None:
        collection = generation(self.read_model.collection, number)
        project = self.read_model.into(self._documents, self.infrastructure.events, collection)
        end, checkpoint = await self._end(), self._checkpoint(number)
        if topic is not None:
            await self._fill_from_topic(topic, project)
            # What is stored and was not relayed yet follows from the store.
            await self._checkpoints.advance(checkpoint, end or START)
        after = await self._checkpoints.load_or_start(checkpoint)
        async for some, position in in_bulk(self.infrastructure.events, after, self.read_model.categories):
            await project(some)
            await self._checkpoints.advance(checkpoint, position)
            self._events += len(some)
            self.report(Progress("catch up", self._events, position, end))

    async def _fill_from_topic(self, topic: Topic, project: Project) -> None:
        async for batch in self.infrastructure.bus.follow([topic.name], from_start=True):
            if not batch:
                return
            await project([from_message(message.headers, message.value) for message in batch])
            self._events += len(batch)
            self.report(Progress("catch up", self._events))

    async def _compare(self, live: int, number: int) -> Comparison:
        end, collection = await self._end(), self.read_model.collection
        comparing = Comparing(self._documents, generation(collection, live), generation(collection, number))
        return await comparing.all(
            self.infrastructure.events,
            self.read_model.categories,
            lambda done, position: self.report(Progress("compare", done, position, end)),
        )

    async def _drop(self, how: Callable[[ReadModelState], ReadModelState]) -> Sequence[int]:
        state = await self._generations.change(self.read_model.name, how)
        await self._known_to_all()
        await self._delete(state.dropping)
        return sorted(state.dropping)

    async def _delete(self, numbers: frozenset[int]) -> None:
        if not numbers:
            return
        end = await self._end()
        async for ids, position in subjects(self.infrastructure.events, self.read_model.categories):
            for number in numbers:
                await self._documents.delete(generation(self.read_model.collection, number), ids)
            self.report(Progress("delete", len(ids), position, end))
        await self._checkpoints.delete([self._checkpoint(number) for number in numbers])
        await self._generations.change(self.read_model.name, lambda now: dropped(now, numbers))

    async def _known_to_all(self) -> None:
        self.report(Progress("wait until every process knows"))
        await asyncio.sleep(self.known_to_all)

    async def _alone(self, work: Callable[[], Awaitable[T]]) -> T:
        name = f"rebuild:{self.read_model.name}"
        lease = Lease(self._documents, self.infrastructure.clock, name, f"{name}:{uuid4()}", self.term)
        try:
            return await run_under_lease(lease, work)
        except LeaseTaken:
            raise AlreadyRunning(f"somebody else is rebuilding {self.read_model.name} now") from None

    async def _end(self) -> int | None:
        return await self._checkpoints.load(self.read_model.follower)

    def _checkpoint(self, number: int) -> str:
        return f"rebuild:{generation(self.read_model.collection, number).name}"

    @property
    def _generations(self) -> Generations:
        return generations_of(self.infrastructure.documents)

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self._documents)

    @property
    def _documents(self) -> DocumentStore:
        return self._generations.documents
