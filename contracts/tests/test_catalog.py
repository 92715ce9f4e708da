from typing import ClassVar

import pytest
from pydantic import ValidationError

from california_gold_contracts.catalog import CATALOG, Catalog, JsonObject, UnknownEventType, Upcaster
from california_gold_contracts.event import Event


class Renamed(Event):
    wire_type: ClassVar[str] = "tests.renamed.v3"

    full_name: str
    country: str


def _split(data: JsonObject) -> JsonObject:
    return {"full_name": data["name"]}


def _located(data: JsonObject) -> JsonObject:
    return {**data, "country": "unknown"}


OLDER = (
    Upcaster("tests.renamed.v1", "tests.renamed.v2", _split),
    Upcaster("tests.renamed.v2", "tests.renamed.v3", _located),
)


def test_an_old_version_is_upcast_step_by_step() -> None:
    catalog = Catalog((Renamed,), OLDER)

    assert catalog.decode("tests.renamed.v1", b'{"name": "Ada"}') == Renamed(full_name="Ada", country="unknown")


def test_an_old_version_counts_as_known() -> None:
    assert Catalog((Renamed,), OLDER).knows("tests.renamed.v1")


def test_an_unknown_type_and_bad_data_raise_different_errors() -> None:
    with pytest.raises(UnknownEventType):
        CATALOG.decode("jobs.job-exploded.v9", b"{}")
    with pytest.raises(ValidationError):
        CATALOG.decode("users.user-deleted.v1", b'{"user_id": "nobody"}')


def test_fields_of_a_newer_producer_are_ignored() -> None:
    event = CATALOG.decode("users.user-deleted.v1", b'{"user_id": 7, "because": "asked"}')

    assert event.model_dump() == {"user_id": 7}


def test_two_events_cannot_share_a_wire_type() -> None:
    with pytest.raises(ValueError, match="wire type"):
        Catalog((Renamed, Renamed))


def test_wire_types_name_owner_event_and_version() -> None:
    for event in CATALOG.events:
        assert event.wire_type.count(".") == 2
        assert event.wire_type.rpartition(".v")[2].isdigit()
