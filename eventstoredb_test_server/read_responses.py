"""The responses to a `ReadReq`: a read of a stream or of `$all`, or a catch-up subscription to either."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from eventstoredb_test_server import conversions
from eventstoredb_test_server.protocol import ReadReq, ReadResp
from eventstoredb_test_server.read_options import ReadOptions
from eventstoredb_test_server.reading import Reader
from eventstoredb_test_server.refusals import handler_failed, unknown
from eventstoredb_test_server.subscription_responses import subscription_responses


async def read_responses(reader: Reader, options: ReadReq.Options) -> AsyncIterator[ReadResp]:
    """Yield the responses. Raises `StreamDeleted` and `CallRefused`."""
    request = ReadOptions(options)
    request.check_filter()
    if request.is_subscription:
        responses = subscription_responses(reader, request)
    else:
        reading = _Reading(reader, request)
        responses = reading.stream() if request.is_stream else reading.all()
    async for response in responses:
        yield response


@dataclass(frozen=True)
class _Reading:
    reader: Reader
    options: ReadOptions

    async def stream(self) -> AsyncIterator[ReadResp]:
        self._refuse_reading_nothing_of_a_stream()
        state = self.reader.state(self.options.stream)
        if state.last < 0 or state.is_deleted:
            yield conversions.stream_not_found(self.options.stream.encode())
            return
        first = self.options.revision(state)
        if self.options.tells_positions and first > state.last and not self.options.is_backwards:
            yield ReadResp(first_stream_position=state.last + 1)
        for row in self.reader.read_stream(state, first, self.options.count, backwards=self.options.is_backwards):
            yield self.options.event(row)
        if self.options.tells_positions:
            yield ReadResp(last_stream_position=state.last)

    async def all(self) -> AsyncIterator[ReadResp]:
        await self._wait_if_reading_nothing_of_all()
        end, remaining, is_backwards = self.reader.end(), self.options.count, self.options.is_backwards
        position = self._position(end)
        async for page in self.reader.read_log(
            position if is_backwards else position - 1, self.options.filter, backwards=is_backwards
        ):
            for row in page.events[:remaining]:
                if row.position <= end:
                    yield self.options.event(row)
            remaining -= len(page.events)
            if remaining <= 0 or (page.scanned_to >= end and not is_backwards):
                return

    def _position(self, end: int) -> int:
        position = self.options.position(end + 1)
        is_from_end = self.options.starts_at_end and not self.options.is_backwards
        if is_from_end or not (self.options.starts_at_end or self.reader.is_readable_from(position)):
            raise unknown(f"Unexpected {'Filtered' if self.options.filter else ''}ReadAllResult: Error")
        return position

    def _refuse_reading_nothing_of_a_stream(self) -> None:
        if not self.options.stream:
            raise unknown("Unexpected ReadStreamResult: Error")
        if self.options.count == 0 or (self.options.starts_at_end and not self.options.is_backwards):
            raise handler_failed()

    async def _wait_if_reading_nothing_of_all(self) -> None:
        """Wait for the client to give up, as EventStoreDB does with a count or a window of zero."""
        if self.options.count == 0 or self.options.has_empty_window:
            await asyncio.Event().wait()
