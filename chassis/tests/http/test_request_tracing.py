"""The span of a request: its route, its parent, its ids in the log, and nothing personal."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest

from chassis.ports.infrastructure import Infrastructure
from testkit.recorded_spans import (
    SAMPLED,
    UNSAMPLED,
    RecordedSpans,
    context_of,
    id_in,
    linked_from,
    parent_of,
    recorded_spans,
)
from testkit.signing import Signing

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
_BODY = {"username": "doctor", "password": "password123"}


def traced_by(recorded: RecordedSpans, infrastructure: Infrastructure) -> Infrastructure:
    return replace(infrastructure, tracing=recorded.tracing)


async def recorded_context(api: httpx.AsyncClient, signing: Signing, received: str) -> str:
    headers = {**signing.bearer(7), **({"traceparent": received} if received else {})}
    return (await api.post("/commands", json=_BODY, headers=headers)).json()["traceparent"]


async def test_a_request_is_a_span_named_by_its_method_and_route(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure)) as api:
            await api.get("/things/42?limit=3&token=secret")
        [span] = recorded.spans()

    assert (span.name, span.kind.name, span.parent) == ("GET /things/{number}", "SERVER", None)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/things/{number}",
        "http.response.status_code": 200,
        "url.scheme": "http",
    }


async def test_an_unknown_path_is_not_named(open_api: OpenApi, infrastructure: Infrastructure) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure)) as api:
            await api.get("/Ivanov")
        [span] = recorded.spans()
    assert (span.name, (span.attributes or {})["http.response.status_code"]) == ("GET", 404)
    assert "Ivanov" not in span.to_json()


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics", "/health"])
async def test_a_probe_has_no_span(open_api: OpenApi, infrastructure: Infrastructure, path: str) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure)) as api:
            await api.get(path)
        assert recorded.spans() == []


@pytest.mark.parametrize("received", [SAMPLED, UNSAMPLED])
async def test_a_client_can_neither_join_nor_force_nor_prevent_a_trace(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing, received: str
) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure)) as api:
            context = await recorded_context(api, signing, received)
        [span] = recorded.spans()

    assert (parent_of(span), linked_from(span)) == ("", [id_in(received)])
    assert context == context_of(span)


async def test_a_trusted_sampled_parent_is_recorded_whatever_the_ratio(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing
) -> None:
    with recorded_spans("parentbased_traceidratio", 0.0) as recorded:
        async with open_api(on=traced_by(recorded, infrastructure), trust_traceparent=True) as api:
            context = await recorded_context(api, signing, SAMPLED)
            await recorded_context(api, signing, "")
        [span] = recorded.spans()

    assert (parent_of(span), linked_from(span)) == (id_in(SAMPLED), [])
    assert context == context_of(span)
    assert context.split("-")[1] == SAMPLED.split("-")[1]


async def test_a_trusted_unsampled_parent_is_passed_on_and_nothing_is_recorded(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing
) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure), trust_traceparent=True) as api:
            assert await recorded_context(api, signing, UNSAMPLED) == UNSAMPLED
        assert recorded.spans() == []


async def test_an_unsampled_request_passes_on_that_it_is_not_sampled(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing
) -> None:
    with recorded_spans("traceidratio", 0.0) as recorded:
        async with open_api(on=traced_by(recorded, infrastructure)) as api:
            context = await recorded_context(api, signing, SAMPLED)
        assert recorded.spans() == []
    assert context.endswith("-00")
    assert context.split("-")[1] != SAMPLED.split("-")[1]


async def test_the_request_log_has_the_ids_of_a_recorded_trace_only(
    open_api: OpenApi, infrastructure: Infrastructure, capsys: pytest.CaptureFixture[str]
) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure), log_format="json") as api:
            await api.get("/things/1")
        [span] = recorded.spans()
    async with open_api(log_format="json") as api:
        await api.get("/things/1", headers={"traceparent": SAMPLED})
    traced, untraced = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "/things" in line]

    assert [traced["trace_id"], traced["span_id"]] == context_of(span).split("-")[1:3]
    assert "trace_id" not in untraced


@pytest.mark.parametrize("what", ["00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff" + SAMPLED[2:], "Ivanov"])
async def test_a_malformed_context_is_ignored(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing, what: str
) -> None:
    with recorded_spans() as recorded:
        async with open_api(on=traced_by(recorded, infrastructure), trust_traceparent=True) as api:
            await recorded_context(api, signing, what)
        [span] = recorded.spans()
    assert (parent_of(span), linked_from(span)) == ("", [])
