"""Refused handshakes: an HTTP response in the language of the request."""

import json
from typing import Any

import pytest
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket

from chassis.commands.message import Message
from notifier import messages
from notifier.entrypoints.handshake import canonical_uuid, deny


async def refusal(status: int, detail: Message, language: str) -> tuple[int, Any, dict[str, str]]:
    """Return status, body and headers of the response to a client that prefers this language."""
    sent: list[AsgiMessage] = []

    async def receive() -> AsgiMessage:
        return {"type": "websocket.connect"}

    async def send(message: AsgiMessage) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "websocket",
        "headers": [(b"accept-language", language.encode())],
        "extensions": {"websocket.http.response": {}},
    }
    await deny(WebSocket(scope, receive, send), status, detail)
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], json.loads(body["body"]), headers


@pytest.mark.parametrize(
    ("status", "detail", "headers"),
    [
        (401, messages.INVALID_TOKEN, {"www-authenticate": "Bearer"}),
        (401, messages.TOKEN_REQUIRED, {"www-authenticate": "Bearer"}),
        (429, messages.TOO_MANY_CONNECTIONS, {"retry-after": "1"}),
    ],
)
async def test_a_handshake_is_refused_in_the_language_of_the_request(
    status: int, detail: Message, headers: dict[str, str]
) -> None:
    for language, text in (("en-GB,en", detail.en), ("ru", detail.ru), ("fr", detail.ru)):
        answer = await refusal(status, detail, language)
        assert answer[:2] == (status, {"detail": text})
        assert headers.items() <= answer[2].items()


def test_a_job_id_is_a_uuid_in_any_form() -> None:
    canonical = "0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11"
    for text in (canonical, canonical.upper(), canonical.replace("-", ""), f"{{{canonical}}}"):
        assert canonical_uuid(text) == canonical
    assert canonical_uuid("4") is None
