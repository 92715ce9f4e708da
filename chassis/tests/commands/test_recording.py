from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import pytest

from chassis.commands.recording import Recorder, chain_hash, envelope_of
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import SOURCE, Count, Counted, command_context, counters

RECORDER = Recorder(SOURCE, datetime(2024, 1, 1, tzinfo=UTC))


async def test_each_event_carries_the_hash_of_the_one_before_it(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)
    await aggregates.handle("a", Count(2), command_context())
    await aggregates.handle("a", Count(2), command_context())

    stored = await infrastructure.events.read("counter-a")

    carried = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert carried == ["", *(chain_hash(event) for event in stored[:-1])]


@pytest.mark.parametrize(
    "changed",
    [{"data": b'{"total":9}'}, {"metadata": b"{}"}, {"type": "x"}, {"revision": 7}, {"stream": "b"}, {"id": uuid4()}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_any_field_changes_the_hash(changed: dict[str, object]) -> None:
    event = StoredEvent(uuid4(), "counters.counted.v1", b'{"total":1}', b'{"time":"t"}', "counter-a", 0, 1)

    assert chain_hash(replace(event, **changed)) != chain_hash(event)


def test_moving_a_character_between_adjacent_fields_changes_the_hash() -> None:
    event = StoredEvent(uuid4(), "ab", b"c", b"{}", "counter-a", 0, 1)

    assert chain_hash(replace(event, type="a", data=b"bc")) != chain_hash(event)


def test_event_ids_are_deterministic_for_a_command() -> None:
    context = command_context(uuid4())

    first, again = (RECORDER.record([Counted(total=1), Counted(total=2)], context, "s", None) for _ in range(2))

    assert [event.id for event in first] == [event.id for event in again]
    assert len({event.id for event in first}) == 2


def test_events_of_one_command_in_two_streams_have_different_ids() -> None:
    context = command_context(uuid4())

    [in_a], [in_b] = (RECORDER.record([Counted(total=1)], context, stream, None) for stream in ("s-a", "s-b"))

    assert in_a.id != in_b.id


async def test_an_envelope_has_actor_time_and_correlation(infrastructure: Infrastructure) -> None:
    await counters(infrastructure).handle("a", Count(), command_context())

    envelope = envelope_of((await infrastructure.events.read("counter-a"))[0])

    assert (envelope.subject, envelope.stream, envelope.revision) == ("a", "counter-a", 0)
    assert (envelope.actor, envelope.correlation_id, envelope.source) == ("user:1", "correlation-1", SOURCE)
    assert abs((infrastructure.clock.now() - envelope.time).total_seconds()) < 60
