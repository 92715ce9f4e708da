"""What is answered to a `ReadReq`: a stream or the log, read to its end or followed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

from eventstoredb_test_server import messages
from eventstoredb_test_server.log_table import Filter, StreamState
from eventstoredb_test_server.protocol import ReadReq, ReadResp
from eventstoredb_test_server.reading import Reader


async def answers(reader: Reader, options: ReadReq.Options) -> AsyncIterator[ReadResp]:
    """Yield the messages of the answer. Raises `StreamDeleted`."""
    asked = _Asked(reader, options)
    of_stream = options.WhichOneof("stream_option") == "stream"
    if options.WhichOneof("count_option") == "subscription":
        yield ReadResp(confirmation=ReadResp.SubscriptionConfirmation(subscription_id=str(uuid4())))
        messages_of = asked.stream_followed() if of_stream else asked.log_followed()
    else:
        messages_of = asked.stream_read() if of_stream else asked.log_read()
    async for message in messages_of:
        yield message


@dataclass(frozen=True)
class _Asked:
    reader: Reader
    options: ReadReq.Options

    async def stream_read(self) -> AsyncIterator[ReadResp]:
        state = self.reader.state(self._stream)
        if state.last < 0 or state.is_deleted:
            yield messages.not_found_message(self.options.stream.stream_identifier.stream_name)
            return
        first = self._revision(state)
        for row in self.reader.of_stream(state, first, self.options.count, backwards=self._backwards):
            yield messages.event_message(row, structured=self._structured)

    async def log_read(self) -> AsyncIterator[ReadResp]:
        end, left = self.reader.end(), self.options.count
        place = self._position(end + 1)
        async for page in self.reader.log(
            place if self._backwards else place - 1, self._filter, backwards=self._backwards
        ):
            for row in page.events[:left]:
                if row.position <= end:
                    yield messages.event_message(row, structured=self._structured)
            left -= len(page.events)
            if left <= 0 or (page.reached >= end and not self._backwards):
                return

    async def stream_followed(self) -> AsyncIterator[ReadResp]:
        place = self.options.stream.WhichOneof("revision_option")
        after = -1 if place == "start" else self._revision(self.reader.state(self._stream))
        live = False
        async for row in self.reader.follow_stream(self._stream, after):
            if row is not None:
                yield messages.event_message(row, structured=self._structured)
            elif not live:
                live = True
                yield messages.caught_up_message(self.reader.end())

    async def log_followed(self) -> AsyncIterator[ReadResp]:
        place, wanted = self._position(self.reader.end()), self._filter
        looked_at, live = 0, False
        async for page in self.reader.follow_log(place, wanted):
            if page is not None:
                for row in page.events:
                    yield messages.event_message(row, structured=self._structured)
                place, looked_at = page.reached, looked_at + page.looked_at
                if wanted and looked_at >= self.options.filter.max * self.options.filter.checkpointIntervalMultiplier:
                    looked_at = 0
                    yield messages.checkpoint_message(place)
            elif not live:
                live = True
                yield messages.caught_up_message(place)

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
    def _filter(self) -> Filter | None:
        return messages.filter_of(self.options)

    def _revision(self, state: StreamState) -> int:
        place = self.options.stream.WhichOneof("revision_option")
        if place == "revision":
            return self.options.stream.revision
        return state.last if place == "end" else 0

    def _position(self, end: int) -> int:
        place = self.options.all.WhichOneof("all_option")
        if place == "position":
            return self.options.all.position.commit_position
        return end if place == "end" else -1
