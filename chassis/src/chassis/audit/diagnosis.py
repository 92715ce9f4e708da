"""Diagnosis of a broken hash chain: which events were changed, removed, inserted or swapped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chassis.audit.chain import EMPTY_STREAM, previous_hash
from chassis.audit.fault import Fault, FaultType
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import StoredEvent

_MAX_RENUMBERED = 3
"""Maximum number of adjacent removed events that are recognised when the later ones were renumbered."""


def diagnose(stream: str, events: Sequence[StoredEvent]) -> Sequence[Fault]:
    """Return every fault in the chain of a stream, given all its events."""
    return list(_Diagnosis(stream, events).faults())


@dataclass(frozen=True)
class _Diagnosis:
    stream: str
    events: Sequence[StoredEvent]

    def faults(self) -> Iterator[Fault]:
        index, shift = 0, 0
        while index < len(self.events):
            if self._is_linked(index, shift):
                index += 1
                continue
            fault, index, shift = self._explain(index)
            yield fault

    def _explain(self, index: int) -> tuple[Fault, int, int]:
        """Return the fault at a broken link, the next index, and by how much later events were renumbered."""
        event, expected = self.events[index], self._revision_before(index) + 1
        if event.revision > expected:
            missing = f"revisions {expected} to {event.revision - 1} are" if event.revision > expected + 1 else "it is"
            return self._fault(FaultType.REMOVED, expected, f"{missing} missing"), index + 1, 0
        if self._is_swapped(index):
            return self._fault(FaultType.SWAPPED, event.revision, "it was swapped with the next event"), index + 3, 0
        if index + 1 < len(self.events) and self._carried(index + 1) == self._hash_before(index):
            return self._inserted(index, index + 1)
        if index and self._carried(index) == self._hash_before(index - 1):
            return self._inserted(index - 1, index)
        removed = next((n for n in range(1, _MAX_RENUMBERED + 1) if self._is_linked(index + 1, n)), 0)
        if removed:
            explanation = f"{removed} events before it are missing, and the later ones were renumbered"
            return self._fault(FaultType.REMOVED, event.revision, explanation), index + 1, removed
        return self._changed(index)

    def _inserted(self, inserted: int, following: int) -> tuple[Fault, int, int]:
        explanation = "the next event is chained to the one before it"
        return self._fault(FaultType.INSERTED, self.events[inserted].revision, explanation), following + 1, -1

    def _changed(self, index: int) -> tuple[Fault, int, int]:
        """One broken link: the event before it was changed. Two adjacent broken links: the event between them."""
        both = index + 1 < len(self.events) and not self._is_linked(index + 1, 0)
        changed = index if both or index == 0 else index - 1
        explanation = "the next event is chained to another event"
        if index == 0:
            explanation = "it is not linked as the first event of a stream"
        fault = self._fault(FaultType.CHANGED, self.events[changed].revision, explanation)
        return fault, index + (2 if both else 1), 0

    def _is_swapped(self, index: int) -> bool:
        if index + 1 >= len(self.events):
            return False
        event, following = self.events[index], self.events[index + 1]
        return self._carried(index) == chain_hash(replace(following, revision=event.revision))

    def _is_linked(self, index: int, shift: int) -> bool:
        """Return whether the link before an event holds, with the previous event renumbered by `shift`."""
        if index >= len(self.events):
            return False
        follows = self.events[index].revision == self._revision_before(index) + 1
        return follows and self._carried(index) == self._hash_before(index, shift)

    def _carried(self, index: int) -> str | None:
        return previous_hash(self.events[index])

    def _hash_before(self, index: int, shift: int = 0) -> str:
        if index == 0:
            return EMPTY_STREAM[1]
        before = self.events[index - 1]
        return chain_hash(replace(before, revision=before.revision + shift) if shift else before)

    def _revision_before(self, index: int) -> int:
        return self.events[index - 1].revision if index else EMPTY_STREAM[0]

    def _fault(self, fault_type: FaultType, revision: int, explanation: str) -> Fault:
        return Fault(fault_type, self.stream, revision, explanation)
