"""What Kafka's errors mean to a caller."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager

from aiokafka.errors import KafkaError

from chassis.ports.event_store import StoreUnavailable


@contextmanager
def translated() -> Generator[None]:
    """Let the caller hear `StoreUnavailable` for whatever Kafka can't do now; a `TimeoutError` stays what it is."""
    try:
        yield
    except TimeoutError:
        raise
    except (KafkaError, OSError) as problem:
        # By its kind alone: the text could hold addresses, and helps nobody.
        raise StoreUnavailable(f"Kafka is not available ({type(problem).__name__})") from problem


@asynccontextmanager
async def asking_kafka(seconds: float) -> AsyncGenerator[None]:
    """Translate, and give the block a deadline."""
    try:
        with translated():
            async with asyncio.timeout(seconds):
                yield
    except TimeoutError:
        raise StoreUnavailable(f"Kafka did not answer within {seconds:.0f} s") from None


def unknown_topics(topics: Iterable[str]) -> StoreUnavailable:
    """Return the error of topics that nobody made."""
    return StoreUnavailable(f"Kafka has no topic {', '.join(sorted(topics))}: run `california-gold topics apply`")
