"""Traces: each job has one, from its request to the message on its socket, and none has personal data."""

import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from uuid import uuid4

import pytest

from testkit.eventually import eventually
from testkit.otlp_receiver import OtlpReceiver, ReceivedSpan, is_connected, otlp_receiver
from tests.e2e.api_client import Account, Api, expect, messages_until_ended
from tests.e2e.product import DEPLOYMENT_MODE, MakeProduct, Product

JOBS = 100
TITLE, FILE_NAME, QUERY = "Ivanov-the-title", "ivanov-the-file.zip", "ivanov-the-query"
STAGES = {
    f"analysis {stage}" for stage in ("fetch", "verify", "index", "decode", "detect", "measure", "write", "store")
}
PRODUCED = {"send california-gold.jobs", "send california-gold.analysis"}
GROUPS = {"jobs-query", "jobs-query-statistics", "jobs-command", "jobs-command-deletions", "analyzer", "notifier"}


@pytest.fixture
def receiver() -> Generator[OtlpReceiver]:
    with otlp_receiver() as running:
        yield running


@pytest.fixture
def traced(make_product: MakeProduct, receiver: OtlpReceiver) -> Generator[Product]:
    product = make_product(receiver.settings).start()
    yield product
    product.stop()


async def test_every_job_has_one_connected_trace_without_personal_data(
    traced: Product, receiver: OtlpReceiver, chest_zip: bytes
) -> None:
    username = f"ivanov-{uuid4().hex[:12]}"
    async with Api(traced.url).registered(username) as account:
        analysed = await account.submit(chest_zip, FILE_NAME, title=TITLE)
        async with Api(traced.url).socket(analysed["id"], f"?token={account.token}") as socket:
            await messages_until_ended(socket)
        await account.http.get("/jobs", params={"text": QUERY})
        ids = {analysed["id"], *await _jobs_without_a_file(account)}

        async def traces_of_jobs() -> bool:
            return (
                ids <= set(_traces_of_jobs(receiver)) and _groups(_traces_of_jobs(receiver)[analysed["id"]]) >= GROUPS
            )

        await eventually(traces_of_jobs, within=60)
    traced.stop()

    assert [spans for spans in receiver.traces().values() if not is_connected(spans)] == []
    traces = _traces_of_jobs(receiver)
    assert len({traces[job_id][0].trace_id for job_id in ids}) == JOBS
    assert {_root(traces[job_id]).name for job_id in ids} == {"POST /jobs"}
    _check_analysis(traces[analysed["id"]])
    for private in (TITLE, FILE_NAME, QUERY, username, account.token):
        assert not any(private.encode() in body for body in receiver.bodies), private
    _check_logs(traced.log, traces, (TITLE, FILE_NAME, QUERY, username, account.token))


def _check_analysis(spans: Sequence[ReceivedSpan]) -> None:
    names = {span.name for span in spans}
    assert names >= {"POST /jobs", "append job", "analysis", "send /ws/jobs/{job_id}", *STAGES, *PRODUCED}
    assert {span.kind for span in spans} == {"SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"}
    services = {span.service for span in spans}
    if DEPLOYMENT_MODE == "embedded":
        assert services == {"california-gold"}
    else:
        assert services >= {"jobs-command", "jobs-query", "analyzer", "notifier"}


def _check_logs(log: str, traces: Mapping[str, Sequence[ReceivedSpan]], private: Sequence[str]) -> None:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    logged = {line["trace_id"] for line in lines if line.get("event") == "request_handled" and "trace_id" in line}
    assert {spans[0].trace_id for spans in traces.values()} <= logged
    assert [text for text in private if text in log] == []


async def _jobs_without_a_file(account: Account) -> set[str]:
    """Post jobs at once, so that batches of the relay and the consumers serve many traces."""

    async def post() -> str:
        return expect(await account.http.post("/jobs", data={"title": TITLE}), 201)["id"]

    return set(await asyncio.gather(*(post() for _ in range(JOBS - 1))))


def _traces_of_jobs(receiver: OtlpReceiver) -> Mapping[str, Sequence[ReceivedSpan]]:
    """Return the trace of each job, by the subject of its messages."""
    traces = receiver.traces()
    return {
        span.attributes["cloudevents.event_subject"]: traces[span.trace_id]
        for span in list(receiver.spans)
        if span.attributes.get("cloudevents.event_type") == "jobs.job-submitted.v2"
    }


def _groups(spans: Sequence[ReceivedSpan]) -> set[object]:
    return {span.attributes.get("messaging.consumer.group.name") for span in spans}


def _root(spans: Sequence[ReceivedSpan]) -> ReceivedSpan:
    [root] = [span for span in spans if not span.parent_id]
    return root
