"""The WebSocket in the AsyncAPI document; docs/websocket.md describes it in prose."""

from typing import Any

from pydantic.json_schema import models_json_schema

from california_gold_contracts.job_socket import EXAMPLE_NOT_FOUND, EXAMPLE_UPDATE, JobNotFound, JobUpdate

JsonObject = dict[str, Any]
_REFERENCE = "#/components/schemas/{model}"

CHANNELS: JsonObject = {
    "jobSocket": {
        "address": "/ws/jobs/{job_id}",
        "description": "The current state of one job, then each later one. It closes with 1009 (a frame is too large), "
        "1013 (the client is too slow), 4401 (the token has ended) or 4404 (no such job); 401 and 429 refuse the "
        "handshake.",
        "servers": [{"$ref": "#/servers/api"}],
        "parameters": {"job_id": {"description": "UUID of the job; its number is not accepted."}},
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in ("job.update", "job.not_found", "anything")
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "after": {
                            "type": "integer",
                            "minimum": -1,
                            "description": "Send every state after this revision, not only the current one.",
                        },
                        "token": {"type": "string", "description": "A token, for clients that cannot set headers."},
                    },
                },
                "headers": {
                    "type": "object",
                    "properties": {
                        "Authorization": {"type": "string", "description": "`Bearer <token>`."},
                        "Sec-WebSocket-Protocol": {"type": "string", "description": "`bearer, <token>`."},
                    },
                },
                "bindingVersion": "0.1.0",
            }
        },
    }
}

OPERATIONS: JsonObject = {
    "sendJobState": {
        "action": "send",
        "channel": {"$ref": "#/channels/jobSocket"},
        "summary": "Send a state of the job.",
        "messages": [{"$ref": f"#/channels/jobSocket/messages/{name}"} for name in ("job.update", "job.not_found")],
    },
    "receiveClientMessage": {
        "action": "receive",
        "channel": {"$ref": "#/channels/jobSocket"},
        "summary": "Messages from the client are ignored.",
        "messages": [{"$ref": "#/channels/jobSocket/messages/anything"}],
    },
}

MESSAGES: JsonObject = {
    "job.update": {
        "name": "job.update",
        "summary": JobUpdate.__doc__,
        "payload": {"$ref": _REFERENCE.format(model="JobUpdate")},
        "examples": [{"payload": EXAMPLE_UPDATE}],
    },
    "job.not_found": {
        "name": "job.not_found",
        "summary": JobNotFound.__doc__,
        "payload": {"$ref": _REFERENCE.format(model="JobNotFound")},
        "examples": [{"payload": EXAMPLE_NOT_FOUND}],
    },
    "anything": {
        "name": "anything",
        "summary": "Any text, such as a ping of the page.",
        "contentType": "text/plain",
        "payload": {"type": "string"},
    },
}


def schemas() -> JsonObject:
    """Return the schemas of the messages, by name."""
    _, definitions = models_json_schema(
        [(JobUpdate, "serialization"), (JobNotFound, "serialization")], ref_template=_REFERENCE
    )
    return definitions["$defs"]
