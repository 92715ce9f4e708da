"""The context of a command: actor, correlation, and a command id that depends on the idempotency key."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest

from chassis.commands.context import command_id
from chassis.ports.infrastructure import Infrastructure
from testkit.signing import Signing

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
BODY = {"username": "doctor", "password": "password123"}
Headers = dict[str, str]


async def context_of(api: httpx.AsyncClient, headers: Headers, body: dict[str, str] = BODY) -> dict[str, str]:
    answer = await api.post("/commands", json=body, headers=headers)
    assert answer.status_code == 200
    return answer.json()


async def test_a_command_records_actor_correlation_id_and_trace(api: httpx.AsyncClient, signing: Signing) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {**signing.bearer(7), "X-Request-ID": "mine", "traceparent": traceparent}
    context = await context_of(api, headers)
    assert (context["actor"], context["correlation_id"], context["traceparent"]) == ("user:7", "mine", traceparent)


async def test_a_caller_without_a_token_is_anonymous_and_a_malformed_trace_is_dropped(api: httpx.AsyncClient) -> None:
    context = await context_of(api, {"traceparent": "00-xyz"})
    assert (context["actor"], context["traceparent"]) == ("anonymous", "")


async def test_every_command_without_a_key_has_a_new_id(api: httpx.AsyncClient, signing: Signing) -> None:
    headers = signing.bearer(7)
    assert (await context_of(api, headers))["command_id"] != (await context_of(api, headers))["command_id"]
    assert (await context_of(api, headers))["first_time"] == "True"


async def test_a_command_with_a_key_may_be_a_repetition(api: httpx.AsyncClient, signing: Signing) -> None:
    assert (await context_of(api, {**signing.bearer(7), "Idempotency-Key": "once"}))["first_time"] == "False"


async def test_the_same_key_of_the_same_user_on_the_same_route_is_the_same_command(
    api: httpx.AsyncClient, signing: Signing
) -> None:
    headers = {**signing.bearer(7), "Idempotency-Key": "once"}
    expected = str(command_id("user:7", "POST", "/commands", "once"))
    assert [(await context_of(api, headers))["command_id"] for _ in range(2)] == [expected, expected]
    other_user = {**signing.bearer(8), "Idempotency-Key": "once"}
    other_key = {**signing.bearer(7), "Idempotency-Key": "twice"}
    assert (await context_of(api, other_user))["command_id"] != expected
    assert (await context_of(api, other_key))["command_id"] != expected
    assert (await api.put("/commands", headers=headers)).json()["command_id"] != expected


async def test_anonymous_callers_share_a_key_only_with_the_same_body(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "1"}
    first, again = [(await context_of(api, headers))["command_id"] for _ in range(2)]
    other = await context_of(api, headers, {**BODY, "username": "somebody else"})
    assert first == again
    assert other["command_id"] != first


async def test_the_password_of_an_anonymous_command_cannot_be_guessed_from_its_id(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    headers = {"Idempotency-Key": "1"}
    async with open_api() as api, open_api(on=replace(infrastructure, keys=_OtherKeys())) as another:
        ids = [await context_of(client, headers) for client in (api, api, another)]
    assert ids[0]["command_id"] == ids[1]["command_id"]
    assert ids[2]["command_id"] != ids[0]["command_id"], "it depends on a secret"


class _OtherKeys:
    """The key store of another installation."""

    async def key_for(self, subject: str) -> bytes:
        return b"another secret" + subject.encode()

    async def shred(self, subject: str) -> None:
        raise NotImplementedError


async def test_the_body_of_an_anonymous_upload_is_not_read_for_its_command_id(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "1", "Content-Type": "multipart/form-data; boundary=b"}
    answers = [await api.put("/commands", content=b"--b--", headers=headers) for _ in range(2)]
    assert answers[0].json()["command_id"] != answers[1].json()["command_id"]


REUSED = {
    "ru": "Idempotency-Key уже использован для запроса с другим содержимым: повторите тот запрос без изменений"
    " или возьмите новый ключ",
    "en": "The Idempotency-Key was used for a request with other content: repeat that request unchanged, or use a new"
    " key",
}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/commands", {**BODY, "password": "another one"}), ("/commands?age=2", BODY)],
    ids=["another body", "another query"],
)
async def test_a_key_used_again_for_other_content_is_422(
    api: httpx.AsyncClient, signing: Signing, path: str, body: dict[str, str], language: str
) -> None:
    headers = {**signing.bearer(7), "Idempotency-Key": "once", "Accept-Language": language}
    await context_of(api, headers)

    answer = await api.post(path, json=body, headers=headers)

    assert (answer.status_code, answer.json()) == (422, {"detail": REUSED[language]})
    await context_of(api, headers)


async def test_a_request_that_was_invalid_may_be_mended_and_keeps_its_key(
    api: httpx.AsyncClient, signing: Signing
) -> None:
    headers = {**signing.bearer(7), "Idempotency-Key": "once"}
    assert (await api.post("/commands", json={**BODY, "age": "old"}, headers=headers)).status_code == 422

    await context_of(api, headers)


async def test_a_key_is_ignored_by_a_read_that_is_recorded(api: httpx.AsyncClient, signing: Signing) -> None:
    headers = {**signing.bearer(7), "Idempotency-Key": "once"}
    ids = [(await api.get("/recorded", headers=headers)).json()["command_id"] for _ in range(2)]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "ключ".encode(), "a\tb"])
async def test_an_invalid_key_is_422(api: httpx.AsyncClient, signing: Signing, key: str) -> None:
    answer = await api.post("/commands", json=BODY, headers={**signing.bearer(), "Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json() == {"detail": "Idempotency-Key: от 1 до 255 видимых символов ASCII"}
