"""Appends in traces: a span for each sampled command whose events are appended."""

from uuid import uuid4

import pytest

from chassis.commands.context import CommandContext
from chassis.commands.sequence import NumberSequence
from chassis.ports.event_store import NO_STREAM, NewEvent, WrongExpectedRevision
from chassis.ports.infrastructure import Infrastructure
from chassis.tracing.event_store import TracedEventStore
from testkit.recorded_spans import SAMPLED, UNSAMPLED, id_in, parent_of, recorded_spans


@pytest.mark.parametrize(("context", "names"), [(SAMPLED, ["append number"]), (UNSAMPLED, []), ("", [])])
async def test_an_append_is_a_span_in_the_trace_of_its_command(
    infrastructure: Infrastructure, context: str, names: list[str]
) -> None:
    with recorded_spans() as recorded:
        events = TracedEventStore(infrastructure.events, recorded.tracing)
        numbers = NumberSequence(events, infrastructure.clock, "number", "/tests")
        await numbers.allocate("holder", CommandContext(uuid4(), "user:7", "", traceparent=context))

        assert recorded.names == names
        assert [parent_of(span) for span in recorded.spans()] == [id_in(context) for _ in names]


async def test_a_refused_append_is_an_error_by_its_type(infrastructure: Infrastructure) -> None:
    event = NewEvent(uuid4(), "t", b"{}", b'{"traceparent":"%s"}' % SAMPLED.encode())
    with recorded_spans() as recorded:
        events = TracedEventStore(infrastructure.events, recorded.tracing)
        with pytest.raises(WrongExpectedRevision):
            await events.append("number-sequence", [event], NO_STREAM + 1)
        [span] = recorded.spans()
    assert dict(span.attributes or {}) == {
        "db.system.name": "log",
        "db.operation.name": "append",
        "db.collection.name": "number",
        "error.type": "WrongExpectedRevision",
    }
