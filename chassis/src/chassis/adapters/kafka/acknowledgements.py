"""What the broker says about batches that are under way."""

import asyncio
from types import TracebackType
from typing import Self

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from chassis.ports.message_bus import MessageTooLarge

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Acknowledgements:
    """The batches of one call. Those not waited for to the end are let go: nobody would hear of their failure."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._expected: list[asyncio.Future[object]] = []

    def add(self, acknowledgement: "asyncio.Future[object]") -> None:
        """Expect one more."""
        self._expected.append(acknowledgement)

    async def all(self) -> None:
        """Return when each batch is on disk. Raises the first failure, `MessageTooLarge` if it is that."""
        for failure in await asyncio.gather(*self._expected, return_exceptions=True):
            if isinstance(failure, _TOO_LARGE):
                raise MessageTooLarge(f"a message for {self._topic} is larger than the broker takes") from failure
            if isinstance(failure, BaseException):
                raise failure

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for acknowledgement in self._expected:
            if not acknowledgement.cancel():
                acknowledgement.exception()
