"""What was worked on last, so that the next work on it need not read it."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_REMEMBERED = 1000
_MOST_BYTES = 64 * 1024

Thing = TypeVar("Thing")


@dataclass
class LruCache(Generic[Thing]):
    """The things that were kept last, by name: a thousand, none of which has more than 64 KiB.

    Whoever works on one takes it, and keeps what follows from it: what fails meanwhile is forgotten.
    """

    _things: "OrderedDict[str, Thing]" = field(default_factory=OrderedDict[str, Thing])

    def take(self, name: str) -> Thing | None:
        """Return a thing, and forget it."""
        return self._things.pop(name, None)

    def keep(self, name: str, thing: Thing, size: int) -> None:
        """Remember a thing of so many bytes in the place of an earlier one."""
        self._things.pop(name, None)
        if size <= _MOST_BYTES:
            self._things[name] = thing
        if len(self._things) > _REMEMBERED:
            self._things.popitem(last=False)
