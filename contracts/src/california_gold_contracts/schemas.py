"""JSON Schemas of the events, for consumers that do not use this package."""

from pydantic import JsonValue

from california_gold_contracts.envelope import SCHEMA_BASE
from california_gold_contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[Event]) -> dict[str, JsonValue]:
    """Return the JSON Schema (2020-12) of an event's data, under the URI that the envelope's `dataschema` names."""
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}{event.wire_type}.json", **schema, "title": event.wire_type}
