"""The context of a command: actor, correlation, and a command id that depends on the idempotency key."""

import httpx
import pytest

from chassis.commands.context import command_id
from testkit.signing import Signing

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


async def test_the_body_of_an_anonymous_upload_is_not_read_for_its_command_id(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "1", "Content-Type": "multipart/form-data; boundary=b"}
    answers = [await api.put("/commands", content=b"--b--", headers=headers) for _ in range(2)]
    assert answers[0].json()["command_id"] != answers[1].json()["command_id"]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "ключ".encode(), "a\tb"])
async def test_an_invalid_key_is_422(api: httpx.AsyncClient, signing: Signing, key: str) -> None:
    answer = await api.post("/commands", json=BODY, headers={**signing.bearer(), "Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json() == {"detail": "Idempotency-Key: от 1 до 255 видимых символов ASCII"}
