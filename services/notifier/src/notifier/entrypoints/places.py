"""How many sockets each may have open at once."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


class NoPlaceLeft(Exception):  # noqa: N818  (named as the fact)
    """This user, or address, has as many sockets open as one may."""


@dataclass
class Places:
    """Counts open sockets by user, or by address for anonymous clients. `most` None: no limit."""

    most: int | None
    _taken: Counter[str] = field(default_factory=Counter[str])

    @contextmanager
    def taken(self, who: str) -> Generator[None]:
        """Hold a place as long as the context lasts. Raises `NoPlaceLeft`."""
        if self.most is not None and self._taken[who] >= self.most:
            raise NoPlaceLeft
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
