import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from california_gold_contracts.catalog import CATALOG, encode
from california_gold_contracts.event import Event
from california_gold_contracts.schemas import schema_of

CONTRACTS = Path(__file__).parents[1]
SAMPLES = sorted((CONTRACTS / "samples").glob("*.json"))


def test_every_event_version_has_a_golden_sample() -> None:
    assert {sample.stem for sample in SAMPLES} >= {event.wire_type for event in CATALOG.events}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_golden_sample_ever_published_can_still_be_read(sample: Path) -> None:
    assert CATALOG.decode(sample.stem, sample.read_bytes())


@pytest.mark.parametrize("event", CATALOG.events, ids=lambda event: event.wire_type)
def test_an_event_is_written_as_its_golden_sample(event: type[Event]) -> None:
    sample = json.loads((CONTRACTS / "samples" / f"{event.wire_type}.json").read_bytes())

    assert json.loads(encode(CATALOG.decode(event.wire_type, json.dumps(sample).encode()))) == sample


@pytest.mark.parametrize("event", CATALOG.events, ids=lambda event: event.wire_type)
def test_a_golden_sample_fits_the_published_schema(event: type[Event]) -> None:
    schema = json.loads((CONTRACTS / "schemas" / f"{event.wire_type}.json").read_bytes())
    sample = json.loads((CONTRACTS / "samples" / f"{event.wire_type}.json").read_bytes())

    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(sample)  # pyright: ignore[reportUnknownMemberType]
    assert not validator.is_valid({})  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("event", CATALOG.events, ids=lambda event: event.wire_type)
def test_the_published_schema_is_the_one_of_the_class(event: type[Event]) -> None:
    published = json.loads((CONTRACTS / "schemas" / f"{event.wire_type}.json").read_bytes())

    assert published == schema_of(event)
