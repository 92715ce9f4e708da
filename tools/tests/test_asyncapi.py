import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.envelope import from_message
from california_gold_contracts.topics import TOPICS
from tests.servers import cache
from tools.contracts.asyncapi_envelope import headers
from tools.yaml_documents import parsed

CONTRACTS = Path(__file__).parents[2] / "contracts"
DOCUMENT: dict[str, Any] = parsed((CONTRACTS / "asyncapi.yaml").read_bytes())
SAME_IN_EVERY_DRAFT = {
    *("$schema", "$id", "$defs", "$ref", "type", "title", "description", "format", "enum", "const", "anyOf"),
    *("properties", "required", "additionalProperties", "items", "minimum", "maximum"),
}


def test_the_document_fits_asyncapi_3() -> None:
    if not cache.asyncapi_schema().exists():
        reason = "AsyncAPI's schema is not there (make servers)"
        if os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    validator = Draft7Validator(json.loads(cache.asyncapi_schema().read_bytes()))

    wrong = list(validator.iter_errors(DOCUMENT))  # pyright: ignore[reportUnknownMemberType]
    assert not [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in wrong]
    assert not validator.is_valid({**DOCUMENT, "channels": {"jobs": {"adress": "x"}}})  # pyright: ignore[reportUnknownMemberType]


def test_every_reference_can_be_resolved() -> None:
    references = [value for name, value in _members(DOCUMENT) if name == "$ref"]

    assert len(references) > len(CATALOG.wire_types)
    for reference in references:
        assert _resolved(reference) is not None


def test_every_event_that_can_be_read_is_a_message_of_one_channel() -> None:
    channels = [set(channel["messages"]) for channel in DOCUMENT["channels"].values()]

    for wire_type in CATALOG.wire_types:
        assert sum(wire_type in messages for messages in channels) == 1


def test_every_topic_is_a_channel_with_its_configuration() -> None:
    bindings = {channel["address"]: channel["bindings"].get("kafka") for channel in DOCUMENT["channels"].values()}

    for topic in TOPICS:
        assert bindings[topic.name]["partitions"] == topic.partitions
        configuration = bindings[topic.name]["topicConfiguration"]
        assert configuration["cleanup.policy"] == ["compact" if topic.compacted else "delete"]


@pytest.mark.parametrize("wire_type", CATALOG.wire_types)
def test_an_example_is_the_golden_sample_and_fits_its_schema(wire_type: str) -> None:
    message = DOCUMENT["components"]["messages"][wire_type]
    sample = json.loads((CONTRACTS / "samples" / f"{wire_type}.json").read_bytes())
    schema = json.loads((CONTRACTS / message["payload"]["$ref"]).read_bytes())

    assert message["examples"][0]["payload"] == sample
    assert Draft202012Validator(schema).is_valid(sample)  # pyright: ignore[reportUnknownMemberType]


def test_the_headers_of_an_event_fit_their_schema() -> None:
    wire_type = "users.user-deleted.v1"
    schema = {**headers(wire_type), "components": DOCUMENT["components"]}
    sent = {name: value.decode() for name, value in _envelope(wire_type).headers()}
    validator = Draft202012Validator(schema)

    assert validator.is_valid(sent)  # pyright: ignore[reportUnknownMemberType]
    assert not validator.is_valid({**sent, "ce_type": "users.user-deleted.v2"})  # pyright: ignore[reportUnknownMemberType]
    described = DOCUMENT["components"]["schemas"]["Envelope"]["properties"]
    assert {*sent, "ce_replayed"} == set(described)


def test_the_schemas_mean_the_same_in_older_drafts() -> None:
    for schema in (CONTRACTS / "schemas").glob("*.json"):
        assert set(_keywords(json.loads(schema.read_bytes()))) <= SAME_IN_EVERY_DRAFT


def _envelope(wire_type: str) -> Any:
    required = {
        "specversion": "1.0",
        "id": "5a0e2f44-0d52-4a3c-9a36-6d1c1c3a9b10",
        "type": wire_type,
        "source": "/california-gold/identity",
        "subject": "7",
        "time": "2024-01-01T12:30:00+00:00",
    }
    more = ("stream", "correlationid", "causationid", "actor", "traceparent")
    attributes = {**required, "revision": "3", "position": "1041", **{name: name for name in more}}
    return from_message([(f"ce_{name}", value.encode()) for name, value in attributes.items()], b'{"user_id": 7}')


def _resolved(reference: str) -> Any:
    file, _, pointer = reference.partition("#")
    document = json.loads((CONTRACTS / file).read_bytes()) if file else DOCUMENT
    for part in pointer.strip("/").split("/") if pointer else ():
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        yield from members.items()
        value = list(members.values())
    if isinstance(value, list):
        for element in cast("list[Any]", value):
            yield from _members(element)


def _keywords(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    found = cast("dict[str, Any]", schema)
    yield from found
    named = [*found.get("properties", {}).values(), *found.get("$defs", {}).values()]
    for part in (*named, *found.get("anyOf", ()), found.get("items"), found.get("additionalProperties")):
        yield from _keywords(part)
