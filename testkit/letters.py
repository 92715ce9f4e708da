"""Letters: a topic with simple events and a handler for them, for tests of consumers."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid5

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import RetryPolicy
from chassis.messaging.parking import Parking
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from testkit.eventually import eventually
from testkit.running import running

LETTERS = Topic("tests.letters", "tests", "address")
GROUP = "readers"
FAST_RETRIES = RetryPolicy(max_attempts=3, initial_delay=timedelta(milliseconds=1), max_delay=timedelta(milliseconds=5))


@dataclass
class Reader:
    """A handler of letters that fails for the texts in `failing`, and for `outages` calls for want of its store."""

    failing: set[bytes] = field(default_factory=set[bytes])
    outages: int = 0
    read: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    calls: int = 0

    async def handle(self, letters: Sequence[Envelope]) -> None:
        """Record the letters as read, or fail."""
        self.calls += 1
        if self.outages:
            self.outages -= 1
            raise StoreUnavailable("unavailable")
        if any(letter.data in self.failing for letter in letters):
            raise ValueError("illegible: secret text")
        self.read += [(letter.subject, letter.data) for letter in letters]


def parking_of(infrastructure: Infrastructure) -> Parking:
    """Return the parking of an infrastructure."""
    return Parking(infrastructure.documents, infrastructure.clock)


async def post(infrastructure: Infrastructure, *letters: tuple[str, bytes]) -> None:
    """Publish letters, given as key and text."""
    now = infrastructure.clock.now()
    envelopes = [
        Envelope(uuid5(UUID(int=0), f"{key}{text!r}"), "letters.posted.v1", "/tests", key, now, text)
        for key, text in letters
    ]
    await infrastructure.bus.publish(
        [Message(LETTERS.name, envelope.subject, envelope.data, envelope.headers()) for envelope in envelopes]
    )


def reading(
    infrastructure: Infrastructure, reader: Reader, retry_policy: RetryPolicy = FAST_RETRIES
) -> AbstractAsyncContextManager[None]:
    """Run a consumer with this handler during the block."""
    return running(Consumer(infrastructure, GROUP, [LETTERS], reader.handle, retry_policy=retry_policy).run())


async def all_acknowledged(infrastructure: Infrastructure) -> None:
    """Wait until the group has acknowledged every letter."""

    async def no_lag() -> bool:
        return all(lag.behind == 0 for lag in await infrastructure.bus.lag([LETTERS.name], GROUP))

    await eventually(no_lag)
