"""FairQueue: round robin between those who wait, first come first served for each of them."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
MAX_PASSES = 100


@dataclass(frozen=True)
class Turn(Generic[Item]):
    """An item and who waits for it."""

    user: Hashable
    item: Item


@dataclass
class FairQueue(Generic[Item]):
    """Items of several users. The user whose item was taken last is the last one to get the next turn.

    So a user's only item is taken next, or after one item of each other user who waits. Items that were put off are
    taken when nothing else waits; the first of them is passed over `MAX_PASSES` times at most.
    """

    _waiting: OrderedDict[Hashable, deque[Item]] = field(init=False, default_factory=OrderedDict[Hashable, deque[Item]])
    _put_off: deque[Turn[Item]] = field(init=False, default_factory=deque[Turn[Item]])
    _passes: int = field(init=False, default=0)
    _served: Hashable = field(init=False, default=None)
    _length: int = field(init=False, default=0)

    def __len__(self) -> int:
        return self._length

    def items(self) -> Iterator[Item]:
        """Yield the items that wait, in no particular order."""
        for waiting in self._waiting.values():
            yield from waiting
        yield from (turn.item for turn in self._put_off)

    def put(self, turn: Turn[Item]) -> None:
        """Add an item."""
        self._waiting.setdefault(turn.user, deque[Item]()).append(turn.item)
        self._length += 1

    def put_off(self, turn: Turn[Item]) -> None:
        """Add an item that is to be taken after all others."""
        self._put_off.append(turn)
        self._length += 1

    def take(self) -> Turn[Item]:
        """Remove the next item. Raises IndexError when there is none."""
        self._length -= 1
        if not self._waiting or self._passes >= MAX_PASSES:
            self._passes = 0
            return self._put_off.popleft()
        if self._put_off:
            self._passes += 1
        return self._take_waiting()

    def _take_waiting(self) -> Turn[Item]:
        if self._served in self._waiting:
            self._waiting.move_to_end(self._served)
        user, items = next(iter(self._waiting.items()))
        item = items.popleft()
        if not items:
            del self._waiting[user]
        self._served = user
        return Turn(user, item)
