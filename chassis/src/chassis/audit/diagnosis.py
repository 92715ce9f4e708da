"""What happened to a stream whose chain is broken, told from the hashes that its events still carry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chassis.audit.chain import BEFORE_THE_FIRST, previous_hash
from chassis.audit.fault import Fault, FaultKind
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import StoredEvent

_MOST_SHIFTED = 3
"""How many removed or inserted events in one place are recognised as such when the later ones were renumbered."""


def diagnose(stream: str, events: Sequence[StoredEvent]) -> Sequence[Fault]:
    """Name every break in the chain of a stream, given all its events; none when it is whole."""
    return list(_Diagnosis(stream, events).faults())


@dataclass(frozen=True)
class _Diagnosis:
    stream: str
    events: Sequence[StoredEvent]

    def faults(self) -> Iterator[Fault]:
        index, shift = 0, 0
        while index < len(self.events):
            if self._holds(index, shift):
                index += 1
                continue
            fault, index, shift = self._explain(index)
            yield fault

    def _explain(self, index: int) -> tuple[Fault, int, int]:
        """Return the fault at a broken link, where to go on, and by how much later events were renumbered."""
        event, expected = self.events[index], self._revision_before(index) + 1
        if event.revision > expected:
            gone = f"revisions {expected} to {event.revision - 1} are" if event.revision > expected + 1 else "it is"
            return self._fault(FaultKind.REMOVED, expected, f"{gone} missing"), index + 1, 0
        if self._is_swapped(index):
            return self._fault(FaultKind.SWAPPED, event.revision, "it and the next one changed places"), index + 3, 0
        if index + 1 < len(self.events) and self._carried(index + 1) == self._hash_before(index):
            return self._inserted(index, index + 1)
        if index and self._carried(index) == self._hash_before(index - 1):
            return self._inserted(index - 1, index)
        removed = next((n for n in range(1, _MOST_SHIFTED + 1) if self._holds(index + 1, n)), 0)
        if removed:
            sentence = f"{removed} before it gone, and the later ones renumbered"
            return self._fault(FaultKind.REMOVED, event.revision, sentence), index + 1, removed
        return self._changed(index)

    def _inserted(self, intruder: int, follower: int) -> tuple[Fault, int, int]:
        sentence = "the one after it was written after the one before it"
        return self._fault(FaultKind.INSERTED, self.events[intruder].revision, sentence), follower + 1, -1

    def _changed(self, index: int) -> tuple[Fault, int, int]:
        """One broken link means the event before it; two in a row mean the event between them."""
        both = index + 1 < len(self.events) and not self._holds(index + 1, 0)
        culprit = index if both or index == 0 else index - 1
        sentence = "it is not the event that the one after it was chained to"
        if index == 0:
            sentence = "it does not begin a stream as the first event of one does"
        fault = self._fault(FaultKind.CHANGED, self.events[culprit].revision, sentence)
        return fault, index + (2 if both else 1), 0

    def _is_swapped(self, index: int) -> bool:
        if index + 1 >= len(self.events):
            return False
        event, following = self.events[index], self.events[index + 1]
        return self._carried(index) == chain_hash(replace(following, revision=event.revision))

    def _holds(self, index: int, shift: int) -> bool:
        """Whether the link before an event holds, were the event before it written `shift` revisions later."""
        if index >= len(self.events):
            return False
        follows = self.events[index].revision == self._revision_before(index) + 1
        return follows and self._carried(index) == self._hash_before(index, shift)

    def _carried(self, index: int) -> str | None:
        return previous_hash(self.events[index])

    def _hash_before(self, index: int, shift: int = 0) -> str:
        if index == 0:
            return BEFORE_THE_FIRST[1]
        before = self.events[index - 1]
        return chain_hash(replace(before, revision=before.revision + shift) if shift else before)

    def _revision_before(self, index: int) -> int:
        return self.events[index - 1].revision if index else BEFORE_THE_FIRST[0]

    def _fault(self, kind: FaultKind, revision: int, sentence: str) -> Fault:
        return Fault(kind, self.stream, revision, sentence)
