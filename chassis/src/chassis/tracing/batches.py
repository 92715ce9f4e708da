"""Spans of a batch: one in each trace that it serves, because a job's trace is to be whole; links join them."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace

from california_gold_contracts.envelope import Envelope
from chassis.ports.tracing import Attributes, Span, SpanKind, Tracing
from chassis.tracing.work import ended, logged

_TYPES_OF_JOBS = ("jobs.", "analysis.")


def processing(
    envelopes: Sequence[Envelope], topics: Iterable[str], tracing: Tracing, group: str
) -> AbstractContextManager[Sequence[Envelope]]:
    """Return a context that handles messages of a group, as a span in each of their sampled traces.

    It yields the events with the context of these spans: what handling an event causes belongs to its trace.
    """
    if not tracing.follows_any(envelope.traceparent for envelope in envelopes):
        return nullcontext(envelopes)
    return _processing(envelopes, list(topics), tracing, group)


@contextmanager
def _processing(
    envelopes: Sequence[Envelope], topics: Sequence[str], tracing: Tracing, group: str
) -> Generator[Sequence[Envelope]]:
    def attributes(index: int) -> Attributes:
        return _consumed(envelopes[index], topics[index], tracing, group, len(envelopes))

    contexts = [envelope.traceparent for envelope in envelopes]
    with batch(tracing, SpanKind.CONSUMER, contexts, lambda index: f"process {topics[index]}", attributes) as spans:
        yield [_within(envelope, spans) for envelope in envelopes]


@contextmanager
def batch(
    tracing: Tracing,
    kind: SpanKind,
    contexts: Sequence[str],
    name: Callable[[int], str],
    attributes: Callable[[int], Attributes],
) -> Generator[Mapping[str, Span]]:
    """Run a block as a span below each sampled context; yield the spans by it. Each links to the first one.

    `name` and `attributes` are called with the index of the first item of a context.
    """
    spans: dict[str, Span] = {}
    for index, context in enumerate(contexts):
        if context not in spans and tracing.follows(context):
            links = [span.traceparent for span in list(spans.values())[:1]]
            spans[context] = tracing.tracer.child(name(index), kind, context, attributes(index), links)
    with ExitStack() as stack:
        for first in list(spans.values())[:1]:
            stack.enter_context(logged(first))
        stack.enter_context(ended(*spans.values()))
        yield spans


def _within(envelope: Envelope, spans: Mapping[str, Span]) -> Envelope:
    span = spans.get(envelope.traceparent)
    return envelope if span is None else replace(envelope, traceparent=span.traceparent)


def _consumed(envelope: Envelope, topic: str, tracing: Tracing, group: str, size: int) -> Attributes:
    return {
        "messaging.system": tracing.messaging_system,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.consumer.group.name": group,
        "messaging.message.id": str(envelope.id),
        **({"messaging.batch.message_count": size} if size > 1 else {}),
        "cloudevents.event_type": envelope.type,
        **job_attributes(envelope.type, envelope.subject),
    }


def job_attributes(wire_type: str, subject: str) -> Attributes:
    """Return the job's id, by which its trace is found. Subjects of others are left out: some derive from names."""
    return {"cloudevents.event_subject": subject} if wire_type.startswith(_TYPES_OF_JOBS) else {}
