"""Traces: each job has one, from its request to the message on its socket, and none has personal data."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

from testkit.eventually import eventually
from testkit.otlp_receiver import OtlpReceiver, ReceivedSpan, is_connected
from tests.e2e.api_client import Account, Api, expect, messages_until_ended
from tests.e2e.product import DEPLOYMENT_MODE, Product

JOBS = 100
SUBMITTED = "jobs.job-submitted.v2"
TITLE, FILE_NAME, QUERY = "Ivanov-the-title", "ivanov-the-file.zip", "ivanov-the-query"
STAGES = {
    f"analysis {stage}" for stage in ("fetch", "verify", "index", "decode", "detect", "measure", "write", "store")
}
PRODUCED = {"send california-gold.jobs", "send california-gold.analysis"}
GROUPS = {"jobs-query", "jobs-query-statistics", "jobs-command", "jobs-command-deletions", "analyzer", "notifier"}


async def test_every_job_has_one_connected_trace_without_personal_data(
    product: Product, api: Api, receiver: OtlpReceiver, chest_zip: bytes
) -> None:
    username = f"ivanov-{uuid4().hex[:12]}"
    async with api.registered(username) as account:
        analysed = (await account.submit(chest_zip, FILE_NAME, title=TITLE))["id"]
        async with api.socket(analysed, f"?token={account.token}") as socket:
            await messages_until_ended(socket)
        await account.http.get("/jobs", params={"text": QUERY})
        ids = {analysed, *await _jobs_without_a_file(account)}

    async def traces() -> Mapping[str, Sequence[ReceivedSpan]] | None:
        found = _traces_of(ids, receiver)
        whole = set(found) == ids and all(is_connected(spans) for spans in found.values())
        return found if whole and _groups(found[analysed]) >= GROUPS else None

    found = await eventually(traces, within=60, pause=0.2) or {}
    assert len({spans[0].trace_id for spans in found.values()}) == JOBS
    assert {_root(spans).name for spans in found.values()} == {"POST /jobs"}
    _check_analysis(found[analysed])
    private = (TITLE, FILE_NAME, QUERY, username, account.token)
    assert [text for text in private if any(text.encode() in body for body in receiver.bodies)] == []
    _check_logs(product.log, found, private)


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


def _traces_of(ids: set[str], receiver: OtlpReceiver) -> Mapping[str, Sequence[ReceivedSpan]]:
    """Return the trace of each job, by the subject of its messages."""
    traces = receiver.traces()
    submitted = [span for span in list(receiver.spans) if span.attributes.get("cloudevents.event_type") == SUBMITTED]
    jobs = {span.attributes["cloudevents.event_subject"]: span.trace_id for span in submitted}
    return {job_id: traces[jobs[job_id]] for job_id in ids & jobs.keys()}


def _groups(spans: Sequence[ReceivedSpan]) -> set[object]:
    return {span.attributes.get("messaging.consumer.group.name") for span in spans}


def _root(spans: Sequence[ReceivedSpan]) -> ReceivedSpan:
    [root] = [span for span in spans if not span.parent_id]
    return root
