"""The sockets of this process that wait for a job that does not exist (yet)."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from notifier.application.subscriber import Subscriber


@dataclass
class WaitingSockets:
    """At most `max_sockets`, whoever opened them: beyond that the oldest gives way to the newest."""

    max_sockets: int
    _oldest_first: dict[Subscriber, None] = field(default_factory=dict[Subscriber, None])

    @contextmanager
    def added(self, subscriber: Subscriber) -> Generator[None]:
        """Count a socket while the block runs."""
        self._oldest_first[subscriber] = None
        if len(self._oldest_first) > self.max_sockets:
            oldest = next(iter(self._oldest_first))
            del self._oldest_first[oldest]
            oldest.finish()
        try:
            yield
        finally:
            self._oldest_first.pop(subscriber, None)
