"""The headers of every event as JSON Schema, for the AsyncAPI document."""

from typing import Any

from pydantic import JsonValue

from california_gold_contracts.envelope import SCHEMA_BASE, SPEC_VERSION

JsonObject = dict[str, Any]
_REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type")


def _text(description: str, **more: JsonValue) -> JsonObject:
    return {"type": "string", "description": description, **more}


ENVELOPE: JsonObject = {
    "type": "object",
    "description": "CloudEvents attributes as Kafka headers in UTF-8.",
    "required": list(_REQUIRED),
    "properties": {
        "content-type": _text("Media type of the value.", const="application/json"),
        "ce_specversion": _text("Version of CloudEvents.", const=SPEC_VERSION),
        "ce_id": _text("Id of the event; redeliveries have the same.", format="uuid"),
        "ce_type": _text("Name and version of the event."),
        "ce_source": _text("The program that published it.", format="uri-reference"),
        "ce_subject": _text("Id of the aggregate; also the message's key."),
        "ce_time": _text("When it happened.", format="date-time"),
        "ce_dataschema": _text("URI of the schema of the value.", format="uri"),
        "ce_stream": _text("Stream that the event is stored in; absent for events of an analyzer."),
        "ce_revision": _text("Revision in the stream, from 0 without gaps; -1 without a stream.", pattern="^-?[0-9]+$"),
        "ce_position": _text("Position in the log of all streams; increasing, with gaps.", pattern="^-?[0-9]+$"),
        "ce_correlationid": _text("Id shared by all events that follow from one request."),
        "ce_causationid": _text("Id of the command or event that led to this one."),
        "ce_actor": _text("Who caused it: `user:<id>` or `service:<name>`."),
        "ce_traceparent": _text("W3C trace context."),
        "ce_replayed": _text("On a topic that a range of events was replayed to.", const="true"),
    },
}

DEAD_LETTER: JsonObject = {
    "name": "dead-letter",
    "summary": "A message that a consumer could not handle, unchanged, with the reason; for operators.",
    "headers": {
        "type": "object",
        "description": "The headers of the parked message, and these.",
        "required": ["parked_group", "parked_reason", "topic"],
        "properties": {
            "parked_group": _text("Consumer group that parked the message."),
            "parked_reason": _text("Type of the failure; never data of the event."),
            "topic": _text("Topic that it came from."),
        },
    },
    "payload": {"description": "The value of the parked message, in any format."},
}


def headers(wire_type: str) -> JsonObject:
    """Return the schema of the headers of one type of event."""
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Envelope"},
            {
                "type": "object",
                "properties": {
                    "ce_type": {"type": "string", "const": wire_type},
                    "ce_dataschema": {"type": "string", "const": f"{SCHEMA_BASE}{wire_type}.json"},
                },
            },
        ]
    }
