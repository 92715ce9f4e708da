"""Translation of Kafka's errors into the errors of the ports."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager

from aiokafka.errors import KafkaError

from chassis.adapters.kafka.refusals import refusal_of, refusals_noted
from chassis.ports.event_store import StoreUnavailable


@contextmanager
def kafka_errors_translated() -> Generator[None]:
    """Raise `StoreUnavailable` for the driver's errors, `StoreRefused` where waiting does not help.

    A `TimeoutError` is not translated.
    """
    with refusals_noted() as refusals:
        try:
            yield
        except TimeoutError:
            raise
        except (KafkaError, OSError) as problem:
            refusal = refusal_of(problem) or next(iter(refusals), None)
            # Only the error's class: its text could contain addresses.
            outage = StoreUnavailable(f"Kafka is not available ({type(problem).__name__})")
            raise refusal or outage from problem


@asynccontextmanager
async def kafka_timeout(seconds: float) -> AsyncGenerator[None]:
    """Raise `StoreUnavailable` for the driver's errors, and when the block takes longer than `seconds`."""
    try:
        with kafka_errors_translated():
            async with asyncio.timeout(seconds):
                yield
    except TimeoutError:
        raise StoreUnavailable(f"Kafka did not answer within {seconds:.0f} s") from None


def missing_topics(topics: Iterable[str]) -> StoreUnavailable:
    """Return the error for topics that do not exist."""
    return StoreUnavailable(f"Kafka has no topic {', '.join(sorted(topics))}: run `california-gold topics apply`")
