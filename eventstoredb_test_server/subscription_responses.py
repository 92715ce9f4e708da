"""The responses to a `ReadReq` that subscribes to a stream or to `$all`."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

from eventstoredb_test_server import conversions
from eventstoredb_test_server.protocol import ReadResp
from eventstoredb_test_server.read_options import ReadOptions
from eventstoredb_test_server.reading import Reader
from eventstoredb_test_server.refusals import consumer_too_slow, handler_failed

_LIVE_BUFFER_EVENTS = 64
_PATIENCE_SECONDS = 0.5
"""A live subscription ends when its client has read nothing for so long, and more events than the buffer takes wait."""


async def subscription_responses(reader: Reader, options: ReadOptions) -> AsyncIterator[ReadResp]:
    """Yield the responses, endlessly. Raises `StreamDeleted` and `CallRefused`."""
    if options.is_stream:
        reader.state(options.stream)
    elif not options.starts_at_end and not reader.is_readable_from(options.position(0)):
        raise handler_failed()
    yield ReadResp(confirmation=ReadResp.SubscriptionConfirmation(subscription_id=str(uuid4())))
    subscription = _Subscription(reader, options)
    async for response in subscription.stream() if options.is_stream else subscription.all():
        yield response


@dataclass
class _Subscription:
    reader: Reader
    options: ReadOptions
    is_caught_up: bool = field(default=False, init=False)

    async def stream(self) -> AsyncIterator[ReadResp]:
        option = self.options.message.stream.WhichOneof("revision_option")
        after = -1 if option == "start" else self.options.revision(self.reader.state(self.options.stream))
        async for row in self.reader.follow_stream(self.options.stream, after):
            if row is not None:
                yield self.options.event(row)
            elif not self.is_caught_up and (self.options.starts_at_end or self._stream_exists()):
                self.is_caught_up = True
                yield conversions.caught_up()

    async def all(self) -> AsyncIterator[ReadResp]:
        position, event_filter = self.options.position(self.reader.end()), self.options.filter
        scanned = 0
        async for page in self.reader.follow_log(position, event_filter):
            if page is None:
                if not self.is_caught_up:
                    self.is_caught_up = True
                    yield conversions.caught_up()
                continue
            for row in page.events:
                sent_at = asyncio.get_running_loop().time()
                yield self.options.event(row)
                self._end_if_client_is_slow(sent_at, row.position)
            scanned += page.scanned
            if event_filter and scanned >= self.options.checkpoint_interval:
                scanned = 0
                yield conversions.checkpoint(page.scanned_to)

    def _stream_exists(self) -> bool:
        state = self.reader.state(self.options.stream)
        return state.last >= 0 and not state.is_deleted

    def _end_if_client_is_slow(self, sent_at: float, position: int) -> None:
        is_slow = self.is_caught_up and asyncio.get_running_loop().time() - sent_at > _PATIENCE_SECONDS
        if is_slow and self.reader.count_after(position, self.options.filter) > _LIVE_BUFFER_EVENTS:
            raise consumer_too_slow()
