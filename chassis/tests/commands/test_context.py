from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from california_gold_contracts.envelope import Envelope
from chassis.commands.context import CommandContext, caused_by, command_id

EVENT_ID, COMMAND_ID = UUID(int=1), UUID(int=2)
EVENT = Envelope(
    EVENT_ID,
    "users.user-deleted.v1",
    "/tests",
    "7",
    datetime(2026, 1, 1, tzinfo=UTC),
    b"{}",
    correlation_id="request-1",
    causation_id="an earlier event",
    actor="user:7",
    traceparent="00-trace",
)


def test_a_command_caused_by_an_event_continues_its_correlation_and_trace() -> None:
    context = caused_by(EVENT, "storage", COMMAND_ID)

    assert context == CommandContext(COMMAND_ID, "user:7", "request-1", str(EVENT_ID), "00-trace")


def test_the_actor_is_the_service_when_the_event_has_no_actor() -> None:
    assert caused_by(replace(EVENT, actor=""), "storage", COMMAND_ID).actor == "service:storage"


def test_a_command_caused_by_an_event_may_be_a_repetition() -> None:
    assert not caused_by(EVENT, "storage", COMMAND_ID).first_time


def test_a_command_id_is_deterministic_and_depends_on_every_part() -> None:
    assert command_id("storage", EVENT_ID) == command_id("storage", EVENT_ID) == command_id("storage", str(EVENT_ID))
    assert len({command_id("a", "b"), command_id("ab"), command_id("b", "a"), command_id("a", "b", "")}) == 4


def test_command_ids_of_stored_commands_stay_the_same() -> None:
    assert str(command_id("storage", EVENT_ID)) == "6e86fc1a-d646-59b8-af69-15a4675b5dee"
