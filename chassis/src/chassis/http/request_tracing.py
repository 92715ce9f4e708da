"""The span of a request. It names the route by its template: paths, queries and headers have personal data."""

from dataclasses import dataclass

import structlog
from starlette.types import Scope

from chassis.ports.tracing import Span, SpanKind, Tracing, UnrecordedSpan, is_sampled, is_traceparent
from chassis.tracing.work import log_fields

_PROBES = frozenset({"/live", "/ready", "/metrics", "/health"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class RequestTracing:
    """Starts and ends the spans of requests; requests of probes have none.

    `trusts_clients`: the trace of a client goes on, and its sampled flag counts. Otherwise a client could have every
    request recorded: the span begins a new trace, and links to the client's.
    """

    tracing: Tracing
    trusts_clients: bool

    def begin(self, scope: Scope, header: str) -> Span:
        """Start the span of a request with the header `traceparent`, which may be malformed."""
        received = header if is_traceparent(header) else ""
        if not self.tracing.on:
            return UnrecordedSpan(received)
        if scope["path"] in _PROBES:
            return UnrecordedSpan()
        parent, links = (received, ()) if self.trusts_clients or not received else ("", (received,))
        span = self.tracing.tracer.root(_method(scope), SpanKind.SERVER, parent, links)
        if is_sampled(span.traceparent) and scope["type"] == "http":  # what a socket starts serves others, too
            structlog.contextvars.bind_contextvars(**log_fields(span.traceparent))
        return span

    def end(self, span: Span, scope: Scope, route: str, status: int) -> str:
        """End the span of a request that was answered with a status (0: it was not); return its context if recorded."""
        if not self.tracing.follows(span.traceparent):
            return ""
        method = _method(scope)
        attributes: dict[str, str | int] = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
        if route != UNMATCHED:
            attributes["http.route"] = route
        if status:
            attributes["http.response.status_code"] = status
        name = method if route == UNMATCHED else f"{method} {route}"
        span.end(attributes, name=name, error=str(status) if status >= 500 else "")
        return span.traceparent


def _method(scope: Scope) -> str:
    method: str = scope.get("method", "GET")
    return method if method in _METHODS else "_OTHER"
