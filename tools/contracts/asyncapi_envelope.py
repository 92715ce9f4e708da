"""The headers of every event, as JSON Schema: `envelope.py` in the words of AsyncAPI."""

from typing import Any

from pydantic import JsonValue

from california_gold_contracts.envelope import SCHEMA_BASE, SPEC_VERSION

JsonObject = dict[str, Any]
_REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type")


def _text(description: str, **more: JsonValue) -> JsonObject:
    return {"type": "string", "description": description, **more}


ENVELOPE: JsonObject = {
    "type": "object",
    "description": "CloudEvents attributes as Kafka headers (UTF-8), and where the event is in its stream.",
    "required": list(_REQUIRED),
    "properties": {
        "content-type": _text("Media type of the value.", const="application/json"),
        "ce_specversion": _text("Version of CloudEvents.", const=SPEC_VERSION),
        "ce_id": _text("The event's own id; the same whenever it is sent again.", format="uuid"),
        "ce_type": _text("Name and version of the event."),
        "ce_source": _text("Which program says so.", format="uri-reference"),
        "ce_subject": _text("The id that the event is about, which is the message's key too."),
        "ce_time": _text("When it happened.", format="date-time"),
        "ce_dataschema": _text("Names the schema of the value.", format="uri"),
        "ce_stream": _text("Stream that the event is stored in; absent for what an analyzer saw."),
        "ce_revision": _text(
            "Its place in the stream, from 0 without gaps; -1 without a stream.", pattern="^-?[0-9]+$"
        ),
        "ce_position": _text("Its place in the log of everything; grows, with gaps.", pattern="^-?[0-9]+$"),
        "ce_correlationid": _text("Shared by all that one request led to."),
        "ce_causationid": _text("Id of the command or event that led to this one."),
        "ce_actor": _text("Who caused it: `user:<id>` or `service:<name>`."),
        "ce_traceparent": _text("W3C trace context."),
        "ce_replayed": _text("On a topic that a range was published to again at a reader's wish.", const="true"),
    },
}

DEAD_LETTER: JsonObject = {
    "name": "dead-letter",
    "summary": "What a consumer could not handle, as it came, and why; for operators.",
    "headers": {
        "type": "object",
        "description": "Those of the message that was parked, and these.",
        "required": ["parked_group", "parked_reason", "topic"],
        "properties": {
            "parked_group": _text("Consumer group that parked it."),
            "parked_reason": _text("Kind of the failure; never data of the event."),
            "topic": _text("Topic that it came from."),
        },
    },
    "payload": {"description": "The value of the message that was parked; anything, if it was no event of ours."},
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
