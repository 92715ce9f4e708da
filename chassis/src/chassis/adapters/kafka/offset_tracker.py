"""Offsets of one partition that a group member has handed out and finished, and the offset to commit."""

from collections import deque


class OffsetTracker:
    """Tracks the offsets of one partition, in the order in which they were handed out; offsets may have gaps.

    It outlives a revocation of the partition: when the partition is assigned again, unfinished messages are not handed
    out twice, and messages that were finished meanwhile count.
    """

    def __init__(self) -> None:
        self.committable = -1
        """The offset to commit: everything before it is finished."""
        self.committed = -1
        """The last offset that was committed."""
        self.has_start = False
        """Whether the offset at which reading started since the assignment is known."""
        self._next = -1
        self._last_read = -1
        self._handed_out = deque[int]()
        self._unfinished = set[int]()

    def start_at(self, offset: int) -> None:
        """Record the offset at which reading starts. Another member has finished the unfinished offsets before it."""
        if offset < self.committed:
            self._reset()
        self.has_start = True
        self._next = max(self._next, offset)
        self._unfinished = {number for number in self._unfinished if number >= offset}
        self._advance()

    def revoke(self) -> None:
        """Record that the partition was revoked."""
        self.has_start = False
        self._last_read = -1

    def hand_out(self, offset: int) -> bool:
        """Record that a message was read; return whether it must be handed out."""
        if self.has_start and offset <= self._last_read:
            self._reset()  # the topic was deleted and created again: offsets start over
            self.has_start = False
        if not self.has_start:
            self.start_at(offset)
        self._last_read = offset
        if offset < self._next:
            return False
        self._handed_out.append(offset)
        self._unfinished.add(offset)
        self._next = offset + 1
        self._advance()
        return True

    def finish(self, offset: int) -> None:
        """Record that a message is finished. An offset that is not handed out is ignored."""
        self._unfinished.discard(offset)
        self._advance()

    def skip_to(self, position: int) -> None:
        """Record the consumer's position, which may be past offsets without a message (transaction markers)."""
        if not self.has_start:
            self.start_at(position)
        if not self._handed_out:
            self._next = max(self._next, position)
            self._advance()

    @property
    def next_read(self) -> int | None:
        """The offset after the last one read; None when nothing was read since the assignment."""
        return self._last_read + 1 if self._last_read >= 0 else None

    @property
    def has_unfinished(self) -> bool:
        """Whether a message that was handed out is not finished."""
        return bool(self._unfinished)

    @property
    def needs_commit(self) -> bool:
        """Whether there is a new offset to commit."""
        return self.has_start and self.committable > self.committed

    def _advance(self) -> None:
        while self._handed_out and self._handed_out[0] not in self._unfinished:
            self._handed_out.popleft()
        self.committable = self._handed_out[0] if self._handed_out else self._next

    def _reset(self) -> None:
        self.committable = self.committed = self._next = self._last_read = -1
        self._handed_out.clear()
        self._unfinished.clear()
