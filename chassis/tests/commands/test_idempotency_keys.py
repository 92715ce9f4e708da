import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid5

import pytest
import pytest_asyncio

from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.commands.idempotency_keys import IdempotencyKeys, KeyReused
from chassis.commands.recording import Recorder
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from eventstoredb_test_server.server import running_server
from testkit.counters import Count, Counted, command_context, counters
from tests.servers.ports import free_port


def idempotency_keys(infrastructure: Infrastructure) -> IdempotencyKeys:
    return IdempotencyKeys(infrastructure.events, infrastructure.keys, infrastructure.clock)


@pytest_asyncio.fixture(params=["embedded", "distributed"])
async def processes(
    request: pytest.FixtureRequest, infrastructure: Infrastructure, tmp_path: Path
) -> AsyncGenerator[Sequence[IdempotencyKeys]]:
    """The keys as two processes see them, on SQLite or on EventStoreDB with a connection each."""
    if request.param == "embedded":
        yield [idempotency_keys(infrastructure), idempotency_keys(infrastructure)]
        return
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "log.db"), AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(kurrent_event_store(uri)) for _ in range(2)]
        yield [idempotency_keys(replace(infrastructure, events=store)) for store in stores]


async def test_a_key_is_bound_to_its_first_content_by_every_process(processes: Sequence[IdempotencyKeys]) -> None:
    context = command_context()
    await processes[0].bind(context, b"first")

    for keys in processes:
        await keys.bind(context, b"first")
        with pytest.raises(KeyReused):
            await keys.bind(context, b"other")


async def test_keys_of_two_commands_are_independent(processes: Sequence[IdempotencyKeys]) -> None:
    await processes[0].bind(command_context(), b"first")
    await processes[0].bind(command_context(), b"other")


async def test_one_of_two_contents_at_once_gets_the_key(processes: Sequence[IdempotencyKeys]) -> None:
    context = command_context()

    results = await asyncio.gather(
        *(keys.bind(context, content) for keys in processes for content in (b"first", b"other")), return_exceptions=True
    )

    assert sorted(map(str, map(type, results))) == sorted(map(str, [type(None)] * 2 + [KeyReused] * 2))


async def test_the_log_does_not_tell_the_content(infrastructure: Infrastructure) -> None:
    context, other_secret = command_context(), replace(infrastructure, keys=_OtherKeys())
    await idempotency_keys(infrastructure).bind(context, b"a password")
    [stored] = await infrastructure.events.read(f"idempotencykey-{context.command_id}")

    assert stored.data == b"{}"
    with pytest.raises(KeyReused):
        await idempotency_keys(other_secret).bind(context, b"a password")


class _OtherKeys:
    """A key store with another secret."""

    async def key_for(self, subject: str) -> bytes:
        return subject.encode()

    async def shred(self, subject: str) -> None:
        """Not called."""


async def test_a_command_that_an_earlier_version_stored_is_recognised(infrastructure: Infrastructure) -> None:
    """An earlier version bound no key, and derived event ids from the command id alone."""
    aggregates, context = counters(infrastructure), command_context()
    recorded = Recorder("/tests", infrastructure.clock.now()).record([Counted(total=1)], context, "counter-a", None)
    stored = [replace(event, id=uuid5(context.command_id, str(index))) for index, event in enumerate(recorded)]
    await infrastructure.events.append("counter-a", stored, NO_STREAM)

    await idempotency_keys(infrastructure).bind(context, b"by 1")
    repeated = [await aggregates.create("a", Count(), context), await aggregates.handle("a", Count(), context)]

    assert [(handled.state.total, handled.events) for handled in repeated] == [(1, ())] * 2
