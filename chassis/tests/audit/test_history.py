from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue

from california_gold_contracts.event import Event
from chassis.audit.audited_type import AuditedType, UnknownSubject, fold_to_json
from chassis.audit.history import history
from chassis.audit.point_in_time import InvalidPointInTime, NotYet, point_in_time, up_to
from chassis.commands.context import CommandContext
from chassis.commands.message import Message
from chassis.commands.recording import Recorder
from chassis.commands.sequence import NumberSequence
from chassis.ports.event_store import NO_STREAM, StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.differences import Difference, differences
from testkit.counters import CATALOG, DECIDER, SOURCE, Count, Counted, command_context, counters

COUNTER = AuditedType(
    "counter", "counter", CATALOG, fold_to_json(DECIDER), Message("Нет", "No"), number_sequence="counternumber"
)
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


async def append(
    infrastructure: Infrastructure, stream: str, total: int, context: CommandContext, time: datetime = NOON
) -> StoredEvent:
    previous = await infrastructure.events.last(stream)
    facts: list[Event] = [Counted(total=total)]
    recorded = Recorder(SOURCE, time).record(facts, context, stream, previous)
    await infrastructure.events.append(stream, recorded, previous.revision if previous else NO_STREAM)
    return (await infrastructure.events.read(stream))[-1]


def caused_by(cause: UUID, correlation: str) -> CommandContext:
    return CommandContext(uuid4(), "service:other", correlation, str(cause))


async def test_an_entry_has_time_type_actor_service_and_version(infrastructure: Infrastructure) -> None:
    event = await append(infrastructure, "counter-a", 1, command_context())

    (entry,) = history(COUNTER, [event])

    assert (entry.time, entry.type, entry.actor) == (NOON.isoformat(), "counters.counted.v1", "user:1")
    assert (entry.service, entry.version, entry.data) == ("counters", "0.1.0", {"total": 1})


async def test_causes_form_a_tree_across_streams_and_unstored_messages(
    infrastructure: Infrastructure,
) -> None:
    root = await append(infrastructure, "counter-a", 1, CommandContext(uuid4(), "user:1", "request-1"))
    other = await append(infrastructure, "counter-b", 1, caused_by(root.id, "request-1"))
    await append(infrastructure, "counter-a", 2, caused_by(other.id, "request-1"))
    await append(infrastructure, "counter-a", 3, caused_by(uuid4(), "request-1"))
    await append(infrastructure, "counter-a", 4, CommandContext(uuid4(), "user:1", "request-2"))

    entries = history(COUNTER, await infrastructure.events.read("counter-a"), [other])

    assert [(entry.cause, entry.depth) for entry in entries] == [
        ("", 0),
        ("counter-b@0", 2),
        ("counter-a@0", 1),
        ("", 0),
    ]


async def test_a_stream_is_found_by_id_and_by_number(infrastructure: Infrastructure) -> None:
    uuid = uuid4()
    await NumberSequence(infrastructure.events, infrastructure.clock, "counternumber", SOURCE).allocate(
        str(uuid), command_context()
    )

    for reference in ("1", str(uuid), str(uuid).upper()):
        assert await COUNTER.stream_of(reference, infrastructure.events, infrastructure.clock) == f"counter-{uuid}"


@pytest.mark.parametrize("reference", ["2", "0", "x", "", "-1", "9" * 30, "١"])
async def test_an_unknown_reference_is_refused(infrastructure: Infrastructure, reference: str) -> None:
    with pytest.raises(UnknownSubject, match="there is no counter"):
        await COUNTER.stream_of(reference, infrastructure.events, infrastructure.clock)


async def test_the_state_is_folded_up_to_the_point_in_time(infrastructure: Infrastructure) -> None:
    for number in range(3):
        await append(infrastructure, "counter-a", number + 1, command_context(), NOON + timedelta(hours=number))
    events = await infrastructure.events.read("counter-a")

    assert COUNTER.state(up_to(events, 1)) == {"total": 2}
    assert COUNTER.state(up_to(events, NOON + timedelta(minutes=90))) == {"total": 2}
    assert COUNTER.state(up_to(events, NOON)) == {"total": 1}
    with pytest.raises(NotYet, match="begins at"):
        up_to(events, NOON - timedelta(seconds=1))
    with pytest.raises(NotYet, match="revision 2"):
        up_to(events, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", 7), ("2024-05-17T12:00:00Z", NOON), ("2024-05-17T12:00:00", NOON), ("2024-05-17T15:00:00+03:00", NOON)],
)
def test_a_point_in_time_is_a_revision_or_a_timestamp(text: str, expected: object) -> None:
    assert point_in_time(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "yesterday", "9" * 40])
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidPointInTime):
        point_in_time(text)


def test_differences_are_named_by_their_path() -> None:
    before: JsonValue = {"a": 1, "b": {"c": [1], "d": 0}, "gone": True}
    after: JsonValue = {"a": 1, "b": {"c": [2], "d": False}}

    assert list(differences(before, after)) == [
        Difference("b.c", [1], [2]),
        Difference("b.d", before=0, after=False),
        Difference("gone", before=True, after=None),
    ]
    assert list(differences(None, {"a": 1})) == [Difference("", None, {"a": 1})]


async def test_hidden_fields_are_shown_neither_in_events_nor_in_states(infrastructure: Infrastructure) -> None:
    hiding = AuditedType(
        "counter", "counter", CATALOG, fold_to_json(DECIDER), Message("", ""), hidden=frozenset({"total"})
    )
    await counters(infrastructure).handle("a", Count(), command_context())
    events = await infrastructure.events.read("counter-a")

    assert hiding.state(events) == {"total": "(hidden)"}
    assert history(hiding, events)[0].data == {"total": "(hidden)"}
