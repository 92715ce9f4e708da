"""The responses to a `ReadReq`: a read of a stream or of `$all`, or a catch-up subscription to either."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

from eventstoredb_test_server import conversions
from eventstoredb_test_server.protocol import ReadReq, ReadResp
from eventstoredb_test_server.reading import Reader
from eventstoredb_test_server.tables import EventFilter, StreamState


async def read_responses(reader: Reader, options: ReadReq.Options) -> AsyncIterator[ReadResp]:
    """Yield the responses. Raises `StreamDeleted`."""
    request = _Request(reader, options)
    is_stream = options.WhichOneof("stream_option") == "stream"
    if options.WhichOneof("count_option") == "subscription":
        yield ReadResp(confirmation=ReadResp.SubscriptionConfirmation(subscription_id=str(uuid4())))
        responses = request.subscribe_to_stream() if is_stream else request.subscribe_to_all()
    else:
        responses = request.read_stream() if is_stream else request.read_all()
    async for response in responses:
        yield response


@dataclass(frozen=True)
class _Request:
    reader: Reader
    options: ReadReq.Options

    async def read_stream(self) -> AsyncIterator[ReadResp]:
        state = self.reader.state(self._stream)
        if state.last < 0 or state.is_deleted:
            yield conversions.stream_not_found(self.options.stream.stream_identifier.stream_name)
            return
        first = self._revision(state)
        for row in self.reader.read_stream(state, first, self.options.count, backwards=self._backwards):
            yield conversions.event(row, structured=self._structured)

    async def read_all(self) -> AsyncIterator[ReadResp]:
        end, remaining = self.reader.end(), self.options.count
        position = self._position(end + 1)
        async for page in self.reader.read_log(
            position if self._backwards else position - 1, self._filter, backwards=self._backwards
        ):
            for row in page.events[:remaining]:
                if row.position <= end:
                    yield conversions.event(row, structured=self._structured)
            remaining -= len(page.events)
            if remaining <= 0 or (page.scanned_to >= end and not self._backwards):
                return

    async def subscribe_to_stream(self) -> AsyncIterator[ReadResp]:
        option = self.options.stream.WhichOneof("revision_option")
        after = -1 if option == "start" else self._revision(self.reader.state(self._stream))
        caught_up = False
        async for row in self.reader.follow_stream(self._stream, after):
            if row is not None:
                yield conversions.event(row, structured=self._structured)
            elif not caught_up:
                caught_up = True
                yield conversions.caught_up(self.reader.end())

    async def subscribe_to_all(self) -> AsyncIterator[ReadResp]:
        position, event_filter = self._position(self.reader.end()), self._filter
        scanned, caught_up = 0, False
        async for page in self.reader.follow_log(position, event_filter):
            if page is not None:
                for row in page.events:
                    yield conversions.event(row, structured=self._structured)
                position, scanned = page.scanned_to, scanned + page.scanned
                if event_filter and scanned >= self._checkpoint_interval:
                    scanned = 0
                    yield conversions.checkpoint(position)
            elif not caught_up:
                caught_up = True
                yield conversions.caught_up(position)

    @property
    def _stream(self) -> str:
        return self.options.stream.stream_identifier.stream_name.decode()

    @property
    def _backwards(self) -> bool:
        return self.options.read_direction == ReadReq.Options.Backwards

    @property
    def _structured(self) -> bool:
        return self.options.uuid_option.WhichOneof("content") == "structured"

    @property
    def _filter(self) -> EventFilter | None:
        return conversions.event_filter(self.options)

    @property
    def _checkpoint_interval(self) -> int:
        return self.options.filter.max * self.options.filter.checkpointIntervalMultiplier

    def _revision(self, state: StreamState) -> int:
        option = self.options.stream.WhichOneof("revision_option")
        if option == "revision":
            return self.options.stream.revision
        return state.last if option == "end" else 0

    def _position(self, end: int) -> int:
        option = self.options.all.WhichOneof("all_option")
        if option == "position":
            return self.options.all.position.commit_position
        return end if option == "end" else -1
