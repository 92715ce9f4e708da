"""Reading, and noticing when the broker is silent because it is away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from chassis.adapters.kafka.errors import translated
from chassis.adapters.kafka.polling import Polling
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_SILENCE_SECONDS = 10.0


class Reading:
    """The driver reconnects by itself and tells nobody: after each silence `look` is asked whether Kafka is there."""

    def __init__(self, polling: Polling, look: Callable[[], Awaitable[object]]) -> None:
        self._polling, self._look = polling, look
        self._heard = asyncio.get_running_loop().time()

    async def messages(self) -> Sequence[ReceivedMessage]:
        """Return what comes next, in order in each partition; nothing when nothing came for a second.

        Raises `StoreUnavailable` when Kafka was silent for a while and `look` finds that it is away.
        """
        found = await self._polled()
        now = asyncio.get_running_loop().time()
        if found:
            self._heard = now
        elif now > self._heard + _SILENCE_SECONDS:
            await self._look()
            self._heard = asyncio.get_running_loop().time()
        return found

    async def _polled(self) -> Sequence[ReceivedMessage]:
        """Poll. While a group is being rearranged the driver waits without end: that is silence too.

        Who can't go back behind a dropped poll can't go on.
        """
        try:
            with translated():
                async with asyncio.timeout(_SILENCE_SECONDS):
                    return await self._polling.messages()
        except TimeoutError:
            if self._polling.is_astray:
                raise StoreUnavailable("Kafka did not answer when a poll was to be put back") from None
            return ()
