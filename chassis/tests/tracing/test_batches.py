"""Spans of batches: one in each sampled trace that a batch serves, linked to each other."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import structlog

from california_gold_contracts.envelope import Envelope
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.ports.tracing import NO_TRACING, SpanKind
from chassis.tracing.batches import processing
from chassis.tracing.message_bus import TracedMessageBus
from chassis.tracing.work import traced
from testkit.recorded_spans import (
    OTHER_SAMPLED,
    SAMPLED,
    UNSAMPLED,
    context_of,
    id_in,
    linked_from,
    parent_of,
    recorded_spans,
)


def event_in(traceparent: str, wire_type: str = "jobs.job-submitted.v2", subject: str = "a-job") -> Envelope:
    return Envelope(uuid4(), wire_type, "/tests", subject, datetime.now(UTC), b"{}", traceparent=traceparent)


def test_a_batch_has_one_span_in_each_sampled_trace_and_each_links_to_the_first() -> None:
    events = [event_in(context) for context in (SAMPLED, UNSAMPLED, OTHER_SAMPLED, "", SAMPLED)]
    with recorded_spans() as recorded:
        with processing(events, ["topic"] * 5, recorded.tracing, "group"):
            pass
        first, second = recorded.spans()

    assert [parent_of(span) for span in (first, second)] == [id_in(SAMPLED), id_in(OTHER_SAMPLED)]
    assert (linked_from(first), linked_from(second)) == ([], [id_in(context_of(first))])
    assert first.name == "process topic"
    assert dict(first.attributes or {}) == {
        "messaging.system": "bus",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "topic",
        "messaging.consumer.group.name": "group",
        "messaging.message.id": str(events[0].id),
        "messaging.batch.message_count": 5,
        "cloudevents.event_type": "jobs.job-submitted.v2",
        "cloudevents.event_subject": "a-job",
    }


def test_what_handling_an_event_causes_follows_from_the_span_in_its_own_trace() -> None:
    events = [event_in(context) for context in (SAMPLED, OTHER_SAMPLED, UNSAMPLED)]
    with recorded_spans() as recorded:
        with processing(events, ["topic"] * 3, recorded.tracing, "group") as envelopes:
            contexts = [envelope.traceparent for envelope in envelopes]
        first, second = recorded.spans()

    assert contexts == [context_of(first), context_of(second), UNSAMPLED]


@pytest.mark.parametrize("context", [UNSAMPLED, ""])
def test_a_batch_without_a_sampled_trace_is_handled_as_it_is(context: str) -> None:
    events = [event_in(context)]
    with recorded_spans() as recorded:
        with processing(events, ["topic"], recorded.tracing, "group") as envelopes:
            assert envelopes is events
        assert recorded.spans() == []


def test_without_tracing_a_sampled_event_is_handled_as_it_is() -> None:
    events = [event_in(SAMPLED)]
    with processing(events, ["topic"], NO_TRACING, "group") as envelopes:
        assert envelopes is events


def test_the_subject_of_an_event_that_is_no_jobs_is_left_out() -> None:
    with recorded_spans() as recorded:
        with processing([event_in(SAMPLED, "storage.file-stored.v1", "of-a-name")], ["t"], recorded.tracing, "group"):
            pass
        [span] = recorded.spans()
    assert "of-a-name" not in (span.attributes or {}).values()


def test_a_failure_is_named_by_its_type_and_its_message_is_left_out() -> None:
    with recorded_spans() as recorded:
        with pytest.raises(ValueError, match="Ivanov"), processing([event_in(SAMPLED)], ["t"], recorded.tracing, "g"):
            raise ValueError("Ivanov")
        [span] = recorded.spans()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "Ivanov" not in span.to_json()


def test_logs_within_a_span_carry_its_ids() -> None:
    with recorded_spans() as recorded:
        with traced(recorded.tracing, "work", SpanKind.INTERNAL, SAMPLED, {}) as context:
            bound = structlog.contextvars.get_contextvars()
        after = structlog.contextvars.get_contextvars()
    assert (bound["trace_id"], bound["span_id"]) == (SAMPLED.split("-")[1], id_in(context))
    assert "trace_id" not in after


async def test_a_publication_is_a_span_beside_what_follows_from_its_events(infrastructure: Infrastructure) -> None:
    events = [event_in(SAMPLED), replace(event_in(UNSAMPLED), subject="another")]
    messages = [Message("topic", event.subject, event.data, event.headers()) for event in events]
    with recorded_spans() as recorded:
        await TracedMessageBus(infrastructure.bus, recorded.tracing).publish(messages)
        [span] = recorded.spans()

    assert (span.name, parent_of(span)) == ("send topic", id_in(SAMPLED))
    async for batch in infrastructure.bus.follow(["topic"], from_start=True):
        assert [message.envelope().traceparent for message in batch] == [SAMPLED, UNSAMPLED]
        break
