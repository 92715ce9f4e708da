"""Parts of the OpenAPI document: error responses, forms, sections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.routing import BaseRoute

from chassis.commands.message import Language, Message
from chassis.http import messages
from chassis.http.problems import localized
from chassis.quotas.messages import TOO_MANY_BYTES, TOO_MANY_FILES

Responses = dict[int | str, dict[str, Any]]


@dataclass(frozen=True)
class ApiDescription:
    """What the OpenAPI document and its pages say of the whole API."""

    title: str = "API"
    version: str = "1.0.0"
    description: str = ""


class Problem(BaseModel):
    """The body of an error."""

    model_config = ConfigDict(json_schema_extra={"description": messages.PROBLEM.ru})

    detail: str


class FieldProblem(BaseModel):
    """The error of one field of a request."""

    model_config = ConfigDict(json_schema_extra={"description": messages.FIELD_PROBLEM.ru})

    type: str
    loc: list[str | int]
    msg: str
    input: JsonValue = None


class ValidationProblem(BaseModel):
    """The body of a 422: a list of fields, or one sentence."""

    model_config = ConfigDict(json_schema_extra={"description": messages.VALIDATION_PROBLEM.ru})

    detail: list[FieldProblem] | str


ALWAYS = (400, 408, 422, 429, 431, 500, 503)
"""Statuses that any route may answer; `create_app` documents these for every route.

400: malformed HTTP; 408: the request did not arrive in time; 422: the address has a NUL; 431: the head is too large.
"""

KEY_REUSED: Mapping[int, Sequence[Message]] = {422: [messages.STATUS_DETAILS[422], messages.IDEMPOTENCY_KEY_REUSED]}
"""The examples of a 422 of a route with an Idempotency-Key, for `errors`."""

NO_SPACE: Mapping[int, Sequence[Message]] = {
    413: [
        messages.FILE_TOO_LARGE.format(max_bytes=4 * 1024**3),
        TOO_MANY_BYTES.format(used=100 * 1024**3, allowed=100 * 1024**3),
        TOO_MANY_FILES.format(allowed=10_000),
    ]
}
"""The examples of a 413 of a route that stores a file, for `errors`."""


def errors(*statuses: int, examples: Mapping[int, Sequence[Message]] | None = None) -> Responses:
    """Return the `responses` of a route that may answer these statuses.

    `examples` are the sentences of a status, where they differ from `messages.STATUS_DETAILS`.
    """
    usual = messages.STATUS_DETAILS
    return {status: _response(status, (examples or {}).get(status, (usual[status],))) for status in statuses}


def sections(routes: Iterable[BaseRoute]) -> list[dict[str, Any]]:
    """Return the document's sections (`tags`) in the order of the routes; that of the process's own routes is last."""
    tags = dict.fromkeys(tag for route in routes if isinstance(route, APIRoute) for tag in route.tags)
    last = messages.SYSTEM_SECTION.ru
    return [{"name": tag} for tag in sorted(tags, key=lambda tag: tag == last)]


def form(properties: Mapping[str, Mapping[str, JsonValue]], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that parses a form itself; `properties` are its fields' JSON Schemas."""
    schema = {"type": "object", "properties": dict(properties), "required": list(required)}
    if not required:
        del schema["required"]
    return {"requestBody": {"required": bool(required), "content": {"multipart/form-data": {"schema": schema}}}}


FILE: Mapping[str, JsonValue] = {"type": "string", "format": "binary"}
"""The JSON Schema of a file in a form."""

_FILE_CONTENT = {"application/octet-stream": {"schema": dict(FILE)}}
FILE_RESPONSES: Responses = {
    200: {"description": messages.FILE_CONTENT.ru, "content": _FILE_CONTENT},
    206: {"description": messages.FILE_PART.ru, "content": _FILE_CONTENT},
    304: {"description": messages.FILE_NOT_MODIFIED.ru},
}
"""The responses of a route that answers with `download_response`, except its errors."""


def _response(status: int, sentences: Sequence[Message]) -> dict[str, Any]:
    examples = {
        f"{number}": {"value": {"detail": localized(sentence, Language.RUSSIAN)}}
        for number, sentence in enumerate(sentences, 1)
    }
    return {
        "model": ValidationProblem if status == 422 else Problem,
        "description": messages.RESPONSE_DESCRIPTIONS[status].ru,
        "content": {"application/json": {"examples": examples}},
    }
