"""Letters: a topic of simple events, a reader of it, and what tests of consumers ask of both."""

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
HASTY = RetryPolicy(max_attempts=3, initial_delay=timedelta(milliseconds=1), max_delay=timedelta(milliseconds=5))


@dataclass
class Reader:
    """Reads letters; those whose text is in `refused` make it fail, `away` makes its store be away."""

    refused: set[bytes] = field(default_factory=set[bytes])
    away: int = 0
    read: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    tried: int = 0

    async def handle(self, letters: Sequence[Envelope]) -> None:
        """Note the letters as read, or fail."""
        self.tried += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if any(letter.data in self.refused for letter in letters):
            raise ValueError("illegible: secret text")
        self.read += [(letter.subject, letter.data) for letter in letters]


def parking_of(infrastructure: Infrastructure) -> Parking:
    """Return the parked events of these stores."""
    return Parking(infrastructure.documents, infrastructure.clock)


async def post(infrastructure: Infrastructure, *letters: tuple[str, bytes]) -> None:
    """Publish letters: the key and the text of each."""
    now = infrastructure.clock.now()
    envelopes = [
        Envelope(uuid5(UUID(int=0), f"{key}{text!r}"), "letters.posted.v1", "/tests", key, now, text)
        for key, text in letters
    ]
    await infrastructure.bus.publish(
        [Message(LETTERS.name, envelope.subject, envelope.data, envelope.headers()) for envelope in envelopes]
    )


def reading(
    infrastructure: Infrastructure, reader: Reader, retry_policy: RetryPolicy = HASTY
) -> AbstractAsyncContextManager[None]:
    """Run a consumer with this reader while the block lasts."""
    return running(Consumer(infrastructure, GROUP, [LETTERS], reader.handle, retry_policy=retry_policy).run())


async def nothing_left(infrastructure: Infrastructure) -> None:
    """Wait until the group has acknowledged every letter."""

    async def done() -> bool:
        return all(lag.behind == 0 for lag in await infrastructure.bus.lag([LETTERS.name], GROUP))

    await eventually(done)
