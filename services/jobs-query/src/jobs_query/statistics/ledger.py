"""Keeps the figures of every user and of the system as documents, each event counted once, however often it comes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from california_gold_contracts.envelope import Envelope
from chassis.document_store import Collection, Document, DocumentStore
from chassis.event_store import EventStore
from chassis.projector import Projector, View
from jobs_query.statistics.figures import Figures
from jobs_query.statistics.job_state import JobStates, Transition, milliseconds, transition

FIGURES = Collection("job-figures", keys=("scope", "shard"), indexes=(("scope", "shard"),))
"""A scope's figures are the sum of its shards: each is written by one counter at a time."""
SYSTEM = "system"


def scope_of(user_id: int) -> str:
    """Return the name of a user's own figures."""
    return f"user:{user_id}"


@dataclass(frozen=True, slots=True)
class _Counted:
    job_id: str
    revision: int
    transition: Transition


_ByScope = Mapping[str, Sequence[_Counted]]


@dataclass
class Ledger:
    """Counts events, at most `at_once` of them together, in four round trips.

    Figures are written before the states of the jobs that they were reckoned from. When the process dies in between,
    the events come again before any other; the figures remember the jobs that they counted last, and count them once.
    `not_counted` tells how many events were left out since the process started, and why.
    """

    documents: DocumentStore
    events: EventStore = field(repr=False)
    at_once: int = 500
    not_counted: Counter[str] = field(default_factory=Counter[str], init=False)
    _states: JobStates = field(default_factory=JobStates, init=False)

    async def count(self, envelopes: Sequence[Envelope], shard: int = 0) -> None:
        """Count events of jobs into one shard. A type that nobody knows changes nothing."""
        projector = Projector(self._states, self.documents, self.events)
        by_scope: defaultdict[str, list[_Counted]] = defaultdict(list)
        states = [self._state(stored, unseen, by_scope) for stored, unseen in await projector.unseen(envelopes)]
        if by_scope:
            await self._add(by_scope, shard)
        if states:
            await self.documents.put_newer(self._states.collection, states)

    def _state(
        self, stored: Document | None, unseen: Sequence[Envelope], by_scope: Mapping[str, list[_Counted]]
    ) -> Document:
        view: View | None = orjson.loads(stored.body) if stored and stored.body else None
        for envelope in unseen:
            before, view = view, self._after(view, envelope)
            change = transition(before, view, milliseconds(envelope.time))
            if change is not None:
                owner_id = cast("int", (view or before or {})["owner_id"])
                for scope in (scope_of(owner_id), SYSTEM):
                    by_scope[scope].append(_Counted(envelope.subject, envelope.revision, change))
        last = unseen[-1]
        return Document(last.subject, last.revision, None if view is None else orjson.dumps(view))

    def _after(self, view: View | None, envelope: Envelope) -> View | None:
        if not self._states.catalog.knows(envelope.type):
            self.not_counted["unknown type"] += 1
            return view
        return self._states.apply(view, self._states.catalog.decode(envelope.type, envelope.data), envelope)

    async def _add(self, by_scope: _ByScope, shard: int) -> None:
        ids = {scope: f"{scope}/{shard}" for scope in by_scope}
        stored = await self.documents.get_many(FIGURES, list(ids.values()))
        changed = [
            _added(stored.get(ids[scope]), ids[scope], {"scope": scope, "shard": shard}, counted, self.at_once)
            for scope, counted in by_scope.items()
        ]
        await self.documents.put_newer(FIGURES, changed)


def _added(
    stored: Document | None, document_id: str, keys: Mapping[str, str | int], counted: Sequence[_Counted], at_once: int
) -> Document:
    figures = Figures.model_validate_json(stored.body) if stored and stored.body else Figures()
    for one in counted:
        figures.count(one.job_id, one.revision, one.transition)
    figures.forget(at_once)
    body = figures.model_dump_json(exclude_defaults=True).encode()
    return Document(document_id, stored.revision + 1 if stored else 0, body, keys)
