"""The AsyncAPI 3.0 document: topics and WebSocket, for consumers that do not use this package."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any

from pydantic import JsonValue

from california_gold_contracts import catalog, topics
from california_gold_contracts.catalog import Catalog
from california_gold_contracts.topics import Topic
from tools.contracts import asyncapi_envelope, asyncapi_socket

JsonObject = dict[str, Any]
KAFKA_BINDING = "0.5.0"
_DEAD_LETTER = str(asyncapi_envelope.DEAD_LETTER["name"])
_ABOUT = (
    "Events of users, files and jobs, as CloudEvents 1.0 in Kafka's binary content mode, and the WebSocket that sends "
    "the states of one job. A released version of an event never changes: a change is published as a new version "
    "beside the old one. Readers ignore fields and types that they do not know. Delivery is at least once: "
    "`ce_stream` and `ce_revision` identify a redelivery."
)
_CHANNELS: Mapping[str, tuple[Topic, Catalog]] = {
    "users": (topics.USERS, catalog.USERS),
    "tokens": (topics.TOKENS, catalog.TOKENS),
    "files": (topics.FILES, catalog.FILES),
    "jobs": (topics.JOBS, catalog.JOBS),
    "analysis": (topics.ANALYSIS, catalog.ANALYSIS),
}


def asyncapi(version: str, samples: Mapping[str, JsonValue]) -> JsonObject:
    """Return the document of this version of the contracts; `samples` are the golden samples by wire type.

    Payloads are references to the folder `schemas/` beside the document.
    """
    events = {
        wire_type: _message(wire_type, topic, of, samples[wire_type])
        for topic, of in _CHANNELS.values()
        for wire_type in of.wire_types
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "California Gold events",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": _server("kafka", "localhost:9092", "Kafka brokers of the installation."),
            "api": _server("ws", "localhost:8000", "The gateway, or the single process; `wss` behind TLS."),
        },
        "channels": {name: _channel(topic, types) for name, (topic, types) in _channels().items()}
        | asyncapi_socket.CHANNELS,
        "operations": {_operation_id(name): _operation(name, topic) for name, (topic, _) in _channels().items()}
        | asyncapi_socket.OPERATIONS,
        "components": {
            "messages": events | {_DEAD_LETTER: asyncapi_envelope.DEAD_LETTER} | asyncapi_socket.MESSAGES,
            "schemas": {"Envelope": asyncapi_envelope.ENVELOPE} | asyncapi_socket.schemas(),
        },
    }


def _channels() -> Mapping[str, tuple[Topic, Sequence[str]]]:
    """Return each topic with the names of its messages."""
    of_events = {name: (topic, of.wire_types) for name, (topic, of) in _CHANNELS.items()}
    return {**of_events, "deadLetters": (topics.DEAD_LETTERS, (_DEAD_LETTER,))}


def _server(protocol: str, address: str, description: str) -> JsonObject:
    return {
        "host": "{address}",
        "protocol": protocol,
        "description": description,
        "variables": {"address": {"default": address}},
    }


def _channel(topic: Topic, messages: Sequence[str]) -> JsonObject:
    retention = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
    configuration: JsonObject = {
        "cleanup.policy": ["compact" if topic.compacted else "delete"],
        "retention.ms": retention,
        "max.message.bytes": topic.largest_bytes,
    }
    return {
        "address": topic.name,
        "description": f"Owner: {topic.owner}. Key: {topic.key}; messages of one key are in order.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": configuration,
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation_id(name: str) -> str:
    return f"send{name[0].upper()}{name[1:]}"


def _operation(name: str, topic: Topic) -> JsonObject:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"Published by {topic.owner}.",
    }


def _message(wire_type: str, topic: Topic, of: Catalog, sample: JsonValue) -> JsonObject:
    return {
        "name": wire_type,
        "title": wire_type.rpartition(".v")[0].partition(".")[2].replace("-", " "),
        "summary": _summary(wire_type, of),
        "contentType": "application/json",
        "headers": asyncapi_envelope.headers(wire_type),
        "payload": {"$ref": f"./schemas/{wire_type}.json"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": KAFKA_BINDING}},
        "examples": [{"name": "golden-sample", "payload": sample}],
    }


def _summary(wire_type: str, of: Catalog) -> str:
    texts: Sequence[str] = [cleandoc(event.__doc__ or "") for event in of.events if event.wire_type == wire_type]
    if not texts:
        return f"An earlier version of {of.newest(wire_type)}: no longer written, but still stored."
    earlier = [upcaster.old for upcaster in of.upcasters if of.newest(upcaster.old) == wire_type]
    return f"{texts[0]}\n\nThe current version; earlier: {', '.join(earlier)}." if earlier else texts[0]
