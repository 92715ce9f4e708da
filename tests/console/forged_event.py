"""An event that no service has stored, so that those who read it set it aside."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import httpx

from california_gold_contracts import topics, users
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from chassis.ports.message_bus import Message
from testkit.eventually import eventually_blocking
from tests.e2e.embedded_product import EmbeddedProduct

GROUPS = {"storage", "jobs-command-deletions"}
"""Who reads that a user is deleted."""
_MAX_WAIT = 90.0


def park_event(product: EmbeddedProduct, administrator: httpx.Client) -> int:
    """Publish that a user is deleted who never was; return their number once the event is parked by all its readers."""
    user_id = uuid4().int % 2**40 + 2**40
    event = users.UserDeleted(user_id=user_id)
    subject, topic = str(user_id), topics.USERS
    stream, source = f"user-{user_id}", f"/california-gold/{topic.owner}"
    forged = Envelope(
        uuid4(), event.wire_type, source, subject, datetime.now(UTC), encode(event), stream=stream, revision=1
    )
    message = Message(topic.name, subject, forged.data, forged.headers())
    with ThreadPoolExecutor(max_workers=1) as thread:  # the browser's event loop runs in this one
        thread.submit(asyncio.run, _published(product, message)).result()
    eventually_blocking(lambda: _parked_by(administrator, subject) >= GROUPS, within=_MAX_WAIT)
    return user_id


async def _published(product: EmbeddedProduct, message: Message) -> None:
    async with product.bus() as bus:
        await bus.publish([message])


def _parked_by(administrator: httpx.Client, key: str) -> set[str]:
    return {parked["group"] for parked in administrator.get("/parked").json() if parked["key"] == key}
