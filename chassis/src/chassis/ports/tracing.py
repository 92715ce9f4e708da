"""The port of tracing: spans, whose context travels as a W3C `traceparent` in events and messages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

Attributes = Mapping[str, str | int]
"""By the semantic conventions of OpenTelemetry. No personal data: a trace store is no place for it (ADR 53)."""

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_ODD = frozenset("13579bdf")


class SpanKind(Enum):
    """Who a span is about: an answer to a request, a call, a message that is sent or handled, or our own work."""

    SERVER = auto()
    CLIENT = auto()
    PRODUCER = auto()
    CONSUMER = auto()
    INTERNAL = auto()


class Span(Protocol):
    """A piece of work. `traceparent` is the context for what it causes; empty without a trace."""

    @property
    def traceparent(self) -> str:
        """The context of the span, or of its parent where it is not recorded."""
        ...

    def end(self, attributes: Attributes, *, name: str = "", error: str = "", at: int = 0) -> None:
        """End the span with more attributes, at `at` (nanoseconds since 1970; 0: now).

        `name` replaces its name; `error` names the type of what went wrong.
        """
        ...


class Tracer(Protocol):
    """Starts spans, and never waits for whoever receives them."""

    def root(self, name: str, kind: SpanKind, parent: str = "", links: Sequence[str] = ()) -> Span:
        """Start the first span of this product in a trace. The sampler decides whether the trace is recorded."""
        ...

    def child(
        self, name: str, kind: SpanKind, parent: str, attributes: Attributes, links: Sequence[str] = (), start: int = 0
    ) -> Span:
        """Start a span below a sampled parent, at `start` (nanoseconds since 1970; 0: now)."""
        ...

    def dropped(self) -> Mapping[str, int]:
        """Return how many spans were dropped, by reason."""
        ...


@dataclass(frozen=True, slots=True)
class UnrecordedSpan:
    """A span that is not recorded: it passes its parent's context on."""

    traceparent: str = ""

    def end(self, attributes: Attributes, *, name: str = "", error: str = "", at: int = 0) -> None:
        """Do nothing."""


class _NoTracer:
    def root(self, name: str, kind: SpanKind, parent: str = "", links: Sequence[str] = ()) -> Span:
        return UnrecordedSpan(parent)

    def child(
        self, name: str, kind: SpanKind, parent: str, attributes: Attributes, links: Sequence[str] = (), start: int = 0
    ) -> Span:
        return UnrecordedSpan(parent)

    def dropped(self) -> Mapping[str, int]:
        return {}


@dataclass(frozen=True)
class Tracing:
    """The tracer of a process, and the names of its stores in spans. Off: nothing is recorded."""

    on: bool = False
    tracer: Tracer = field(default_factory=_NoTracer)
    messaging_system: str = ""
    database_system: str = ""

    def follows(self, traceparent: str) -> bool:
        """Return whether work in this context is recorded: the first span of a trace has decided it for all others."""
        return self.on and is_sampled(traceparent)

    def follows_any(self, traceparents: Iterable[str]) -> bool:
        """Return whether work in one of these contexts is recorded. Whoever asks first computes nothing for others."""
        return self.on and any(traceparent[-1:] in _ODD for traceparent in traceparents)


NO_TRACING = Tracing()


def is_sampled(traceparent: str) -> bool:
    """Return whether a context has the flag `sampled` (W3C Trace Context, section 3.2.2.5)."""
    return traceparent[-1:] in _ODD


def is_traceparent(text: str) -> bool:
    """Return whether a text is a valid `traceparent` (W3C Trace Context, section 3.2.2)."""
    return _TRACEPARENT.fullmatch(text) is not None
