"""Follows the jobs: `python follow_jobs.py BOOTSTRAP TOPIC GROUP`."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer

from california_gold_contracts.catalog import JOBS, UnknownEventType
from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.jobs import AnalysisCompleted, JobDeleted

handled_revisions: dict[str, int] = {}  # keep this beside your own data, and write both in one transaction


def handle(envelope: Envelope) -> None:
    if envelope.revision <= handled_revisions.get(envelope.stream, -1):
        return  # every event comes at least once
    match JOBS.decode(envelope.type, envelope.data):
        case AnalysisCompleted(job_id=job, artifacts=artifacts):
            print(f"{job} is completed, with {len(artifacts)} artifacts", flush=True)
        case JobDeleted(job_id=job):
            print(f"{job} is deleted", flush=True)
        case _:
            pass
    handled_revisions[envelope.stream] = envelope.revision


async def follow(bootstrap: str, topic: str, group: str) -> None:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    ) as consumer:
        async for message in consumer:
            try:
                handle(from_message(message.headers, message.value or b""))
            except (ValueError, UnknownEventType) as problem:  # foreign, or newer than this program's package
                print(f"passed over {message.offset}: {type(problem).__name__}", file=sys.stderr, flush=True)
            await consumer.commit()  # after the effect, never before


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:]))
