"""The options of a `ReadReq`."""

from dataclasses import dataclass

from eventstoredb_test_server import conversions
from eventstoredb_test_server.protocol import ReadReq, ReadResp
from eventstoredb_test_server.refusals import handler_failed, invalid_argument
from eventstoredb_test_server.tables import TOMBSTONE, EventFilter, Row, StreamState

_MAX_POSITION = 2**63 - 1
_WINDOW = "EventStore.Client.Streams.ReadReq+Types+Options+Types+FilterOptions+WindowOneofCase"


@dataclass(frozen=True)
class ReadOptions:
    """What a request asks for."""

    message: ReadReq.Options

    def check_filter(self) -> None:
        """Raise `CallRefused` for a filter without a search window, or a subscription without checkpoints."""
        if not self._has_filter:
            return
        if self.message.filter.WhichOneof("window") is None:
            raise invalid_argument(f"'None' is not a valid {_WINDOW}")
        if self.is_subscription and self.message.filter.checkpointIntervalMultiplier == 0:
            raise handler_failed()

    @property
    def is_stream(self) -> bool:
        """Whether a stream is read, not `$all`."""
        return self.message.WhichOneof("stream_option") == "stream"

    @property
    def is_subscription(self) -> bool:
        """Whether the events to come are wanted too."""
        return self.message.WhichOneof("count_option") == "subscription"

    @property
    def is_backwards(self) -> bool:
        """Whether the newest event comes first."""
        return self.message.read_direction == ReadReq.Options.Backwards

    @property
    def starts_at_end(self) -> bool:
        """Whether the read or subscription starts at the end."""
        if self.is_stream:
            return self.message.stream.WhichOneof("revision_option") == "end"
        return self.message.all.WhichOneof("all_option") == "end"

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.message.stream.stream_identifier.stream_name.decode()

    @property
    def count(self) -> int:
        """The maximum number of events."""
        return self.message.count

    @property
    def tells_positions(self) -> bool:
        """Whether the client understands the messages with the stream's first and last revision."""
        return self.message.control_option.compatibility >= 1

    @property
    def filter(self) -> EventFilter | None:
        """The filter by stream name or event type."""
        return conversions.event_filter(self.message) if self._has_filter else None

    @property
    def has_empty_window(self) -> bool:
        """Whether the filter may look at no event."""
        return self._has_filter and self.message.filter.WhichOneof("window") == "max" and self.message.filter.max == 0

    @property
    def checkpoint_interval(self) -> int:
        """The number of scanned events after which a subscription sends a checkpoint."""
        return self.message.filter.max * self.message.filter.checkpointIntervalMultiplier

    def revision(self, state: StreamState) -> int:
        """Return the revision to start at."""
        option = self.message.stream.WhichOneof("revision_option")
        if option == "revision":
            return min(self.message.stream.revision, TOMBSTONE)
        return state.last if option == "end" else 0

    def position(self, end: int) -> int:
        """Return the position to start at: -1 for the start, `end` for the end."""
        option = self.message.all.WhichOneof("all_option")
        if option == "position":
            return min(self.message.all.position.commit_position, _MAX_POSITION)
        return end if option == "end" else -1

    def event(self, row: Row) -> ReadResp:
        """Return the response that contains an event."""
        is_structured = self.message.uuid_option.WhichOneof("content") == "structured"
        return conversions.event(row, structured=is_structured)

    @property
    def _has_filter(self) -> bool:
        return self.message.WhichOneof("filter_option") == "filter"
