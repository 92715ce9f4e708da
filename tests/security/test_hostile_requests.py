"""Requests that were tried in the review and are refused: each gets an error, at once, and no 500."""

from collections.abc import Callable, Mapping

import httpx
import pytest

from testkit.eventually import eventually
from tests.e2e.api_client import Api, expect
from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.raw_http import connected, head, status_of

MEBIBYTE = 1024**2
BODIES = {
    "arrays": b"[" * (MEBIBYTE - 1),
    "objects": b'{"a":' * 170_000,
    "a number of a million digits": b'{"username": ' + b"1" * 1_000_000 + b', "password": "a"}',
    "backslashes": b'{"username": "' + b"\\\\" * 500_000 + b'", "password": "a"}',
    "half a surrogate pair": b'{"username": "\\ud800", "password": "a"}',
    "NUL": b'{"username": "\\u0000", "password": "a"}',
    "infinity": b'{"username": Infinity, "password": NaN}',
    "an exponent": b'{"username": 1e999999999, "password": "a"}',
    "the same key twice": b'{"username": "a", "username": ["b"], "password": "a"}',
}
CHANGES: Mapping[str, Callable[[str], str]] = {
    "another key": lambda link: link.replace("key=", "key=x"),
    "a second key": lambda link: link + "&key=files/1/2",
    "NUL in the key": lambda link: link.replace("key=", "key=%00"),
    "a later end": lambda link: link.replace("expires=", "expires=9"),
    "another name": lambda link: link.replace("filename=", "filename=b"),
    "another signature": lambda link: link[:-1] + ("0" if link[-1] != "0" else "1"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_hostile_body_is_refused(product: EmbeddedProduct, kind: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{product.url}/auth/login", content=BODIES[kind], headers=headers, timeout=60)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "OPTIONS"])
def test_a_method_without_an_operation_is_405_or_404(product: EmbeddedProduct, method: str) -> None:
    with connected(product.url) as connection:
        connection.sendall(head(method, "/jobs", "X-Secret: shown by TRACE", "Connection: close"))
        assert status_of(connection) in {404, 405}


def test_an_upload_without_a_token_is_refused_before_its_body_has_arrived(product: EmbeddedProduct) -> None:
    form = "Content-Type: multipart/form-data; boundary=x"
    for path in ("/upload", "/jobs"):
        with connected(product.url) as connection:
            connection.sendall(head("POST", path, form, "Content-Length: 4000000000"))
            assert status_of(connection) == 401


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_link_opens_nothing(product: EmbeddedProduct, change: str) -> None:
    api = Api(product.url)
    async with api.registered() as account, api.anonymous() as http:
        expect(await account.http.post("/upload", files={"file": ("a.dcm", b"secret")}), 201)
        link = expect(await account.http.get("/files/a.dcm/url"), 200)["url"]
        assert (await http.get(link)).content == b"secret"
        assert (await http.get(CHANGES[change](link))).status_code in {403, 422}
        for method in ("PUT", "POST", "DELETE"):
            assert (await http.request(method, link)).status_code == 405


async def test_a_link_ends_with_its_file_and_with_the_account(product: EmbeddedProduct) -> None:
    api = Api(product.url)
    async with api.registered() as account, api.anonymous() as http:
        links: list[str] = []
        for name in ("a.dcm", "b.dcm"):
            expect(await account.http.post("/upload", files={"file": (name, b"secret")}), 201)
            links.append(expect(await account.http.get(f"/files/{name}/url"), 200)["url"])
        expect(await account.http.delete("/files/a.dcm"), 200)
        assert (await http.get(links[0])).status_code == 404
        expect(await account.http.delete(f"/users/{account.user['id']}"), 200)

        async def is_gone() -> bool:
            return (await http.get(links[1])).status_code == 404

        await eventually(is_gone, within=60)
