"""How far a member is in one partition: what it was handed, what of that is done, where the group goes on."""

from collections import deque


class Progress:
    """The offsets of one partition, in the order in which they were handed out; they may have holes.

    It outlives the loss of the partition: when the partition comes back, what is still in hand is not handed out again,
    and what was done meanwhile counts.
    """

    def __init__(self) -> None:
        self.place = -1
        """Where the group goes on once everything that is done is committed."""
        self.durable = -1
        """The last place that was committed."""
        self.begun = False
        """Whether it is known where reading began since the partition was assigned."""
        self._next = -1
        self._read = -1
        self._handed = deque[int]()
        self._open = set[int]()

    def begin(self, offset: int) -> None:
        """Take over the place at which reading begins. What is in hand before it, another member has done."""
        if offset < self.durable:
            self._forget()
        self.begun = True
        self._next = max(self._next, offset)
        self._open = {number for number in self._open if number >= offset}
        self._advance()

    def pause(self) -> None:
        """Say that the partition is gone for now."""
        self.begun = False
        self._read = -1

    def take(self, offset: int) -> bool:
        """Read a message; return whether it is to be handed out."""
        if self.begun and offset <= self._read:
            self._forget()  # the topic was made anew: offsets start over
            self.begun = False
        if not self.begun:
            self.begin(offset)
        self._read = offset
        if offset < self._next:
            return False
        self._handed.append(offset)
        self._open.add(offset)
        self._next = offset + 1
        self._advance()
        return True

    def finish(self, offset: int) -> None:
        """Say that a message is done. One that is not in hand is none of ours any more."""
        self._open.discard(offset)
        self._advance()

    def pass_over(self, offset: int) -> None:
        """Say that reading is at this place now, perhaps past what is no message, such as a transaction's marker."""
        if not self.begun:
            self.begin(offset)
        if not self._handed:
            self._next = max(self._next, offset)
            self._advance()

    @property
    def reads_from(self) -> int | None:
        """Where reading goes on; None when nothing was read since the partition was assigned."""
        return self._read + 1 if self._read >= 0 else None

    @property
    def in_hand(self) -> bool:
        """Whether something that was handed out is not done."""
        return bool(self._open)

    @property
    def uncommitted(self) -> bool:
        """Whether there is a new place to commit."""
        return self.begun and self.place > self.durable

    def _advance(self) -> None:
        while self._handed and self._handed[0] not in self._open:
            self._handed.popleft()
        self.place = self._handed[0] if self._handed else self._next

    def _forget(self) -> None:
        self.place = self.durable = self._next = self._read = -1
        self._handed.clear()
        self._open.clear()
