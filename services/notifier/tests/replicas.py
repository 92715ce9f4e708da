"""Replicas of the notifier that limit the sockets of clients, with a clock that a test sets."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import StoreUnavailable
from notifier.application.connection_limiter import LEASE_SECONDS, ConnectionLimiter, ConnectionLimitReached

MAX_CONNECTIONS = 3
MORE_THAN_A_LEASE = timedelta(seconds=LEASE_SECONDS + 1)


@dataclass
class Clock:
    """A clock that shows `time`, set forward or back by `set_by`."""

    time: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    set_by: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the time as this clock shows it."""
        return self.time + self.set_by

    def seconds(self) -> float:
        """Return monotonic seconds."""
        return self.time.timestamp()


class Unavailable:
    """A document store that cannot be reached."""

    def __getattr__(self, name: str) -> object:
        raise StoreUnavailable("away")


def replica(documents: DocumentStore, clock: Clock, name: str = "a") -> ConnectionLimiter:
    """Return the limiter of a replica."""
    return ConnectionLimiter(documents, clock, name, MAX_CONNECTIONS, clock.seconds)


async def open_sockets(sockets: AsyncExitStack, *replicas: ConnectionLimiter, client: str = "user:7") -> None:
    """Open a socket at each replica, until the test ends."""
    for limiter in replicas:
        await sockets.enter_async_context(limiter.slot(client))


async def assert_limit_reached(limiter: ConnectionLimiter, client: str = "user:7") -> None:
    """Assert that a client gets no further socket."""
    with pytest.raises(ConnectionLimitReached):
        async with limiter.slot(client):
            pass
