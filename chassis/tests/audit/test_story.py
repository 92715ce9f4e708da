from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue

from california_gold_contracts.event import Event
from chassis.audit.audited_type import AuditedType, UnknownSubject, folded
from chassis.audit.point_in_time import InvalidPointInTime, NotYet, point_in_time, up_to
from chassis.audit.story import story
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.commands.sequence import NumberSequence
from chassis.ports.event_store import NO_STREAM, StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.differences import Difference, differences
from testkit.counters import CATALOG, DECIDER, SOURCE, Count, Counted, command_context, counters

KIND = AuditedType("counter", "counter", CATALOG, folded(DECIDER), "нет такого", numbers="counternumber")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


async def happen(
    infrastructure: Infrastructure, stream: str, total: int, context: CommandContext, time: datetime = NOON
) -> StoredEvent:
    previous = await infrastructure.events.last(stream)
    facts: list[Event] = [Counted(total=total)]
    recorded = Recorder(SOURCE, time).record(facts, context, stream, previous)
    await infrastructure.events.append(stream, recorded, previous.revision if previous else NO_STREAM)
    return (await infrastructure.events.read(stream))[-1]


def because_of(cause: UUID, correlation: str) -> CommandContext:
    return CommandContext(uuid4(), "service:other", correlation, str(cause))


async def test_an_entry_tells_when_what_who_and_with_which_version(infrastructure: Infrastructure) -> None:
    event = await happen(infrastructure, "counter-a", 1, command_context())

    (entry,) = story(KIND, [event])

    assert (entry.time, entry.type, entry.actor) == (NOON.isoformat(), "counters.counted.v1", "user:1")
    assert (entry.service, entry.version, entry.data) == ("counters", "0.1.0", {"total": 1})


async def test_causes_make_a_tree_over_streams_and_over_messages_that_are_not_stored(
    infrastructure: Infrastructure,
) -> None:
    root = await happen(infrastructure, "counter-a", 1, CommandContext(uuid4(), "user:1", "request-1"))
    other = await happen(infrastructure, "counter-b", 1, because_of(root.id, "request-1"))
    await happen(infrastructure, "counter-a", 2, because_of(other.id, "request-1"))
    await happen(infrastructure, "counter-a", 3, because_of(uuid4(), "request-1"))
    await happen(infrastructure, "counter-a", 4, CommandContext(uuid4(), "user:1", "request-2"))

    told = story(KIND, await infrastructure.events.read("counter-a"), [other])

    assert [(entry.cause, entry.depth) for entry in told] == [
        ("", 0),
        ("counter-b@0", 2),
        ("counter-a@0", 1),
        ("", 0),
    ]


async def test_a_thing_is_found_by_its_id_and_by_its_number(infrastructure: Infrastructure) -> None:
    uuid = uuid4()
    await NumberSequence(infrastructure.events, infrastructure.clock, "counternumber", SOURCE).allocate(
        str(uuid), command_context()
    )

    for reference in ("1", str(uuid), str(uuid).upper()):
        assert await KIND.stream_of(reference, infrastructure.events, infrastructure.clock) == f"counter-{uuid}"


@pytest.mark.parametrize("reference", ["2", "0", "x", "", "-1", "9" * 30, "١"])
async def test_what_was_never_there_is_said_to_be_unknown(infrastructure: Infrastructure, reference: str) -> None:
    with pytest.raises(UnknownSubject, match="there is no counter"):
        await KIND.stream_of(reference, infrastructure.events, infrastructure.clock)


async def test_the_state_is_that_of_the_moment(infrastructure: Infrastructure) -> None:
    for number in range(3):
        await happen(infrastructure, "counter-a", number + 1, command_context(), NOON + timedelta(hours=number))
    events = await infrastructure.events.read("counter-a")

    assert KIND.state(up_to(events, 1)) == {"total": 2}
    assert KIND.state(up_to(events, NOON + timedelta(minutes=90))) == {"total": 2}
    assert KIND.state(up_to(events, NOON)) == {"total": 1}
    with pytest.raises(NotYet, match="begins at"):
        up_to(events, NOON - timedelta(seconds=1))
    with pytest.raises(NotYet, match="revision 2"):
        up_to(events, 3)


@pytest.mark.parametrize(
    ("text", "read"),
    [("7", 7), ("2024-05-17T12:00:00Z", NOON), ("2024-05-17T12:00:00", NOON), ("2024-05-17T15:00:00+03:00", NOON)],
)
def test_a_moment_is_a_revision_or_a_time(text: str, read: object) -> None:
    assert point_in_time(text) == read


@pytest.mark.parametrize("text", ["", "-1", "yesterday", "9" * 40])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidPointInTime):
        point_in_time(text)


def test_what_differs_is_named_by_its_path() -> None:
    before: JsonValue = {"a": 1, "b": {"c": [1], "d": 0}, "gone": True}
    after: JsonValue = {"a": 1, "b": {"c": [2], "d": False}}

    assert list(differences(before, after)) == [
        Difference("b.c", [1], [2]),
        Difference("b.d", before=0, after=False),
        Difference("gone", before=True, after=None),
    ]
    assert list(differences(None, {"a": 1})) == [Difference("", None, {"a": 1})]


async def test_what_is_hidden_is_shown_neither_in_events_nor_in_states(infrastructure: Infrastructure) -> None:
    hiding = AuditedType("counter", "counter", CATALOG, folded(DECIDER), "", hidden=frozenset({"total"}))
    await counters(infrastructure).handle("a", Count(), command_context())
    events = await infrastructure.events.read("counter-a")

    assert hiding.state(events) == {"total": "(hidden)"}
    assert story(hiding, events)[0].data == {"total": "(hidden)"}
