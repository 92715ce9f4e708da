"""No body without a token fills the memory, whatever its headers say of it."""

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.memory import growth
from tests.security.raw_http import connected, head, send_until_closed, status_of

OPENAPI = json.loads((Path(__file__).parents[2] / "contracts" / "openapi.json").read_text(encoding="utf-8"))
PIECE = b"x" * 1024**2
PIECES = 120
MAX_GROWTH = 16 * 1024**2
FORM = "Content-Type: multipart/form-data; boundary=x"
CHUNK = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)


def json_routes() -> list[tuple[str, str]]:
    """Return each operation with a JSON body."""
    return [
        (method.upper(), path.replace("{job_id}", "1").replace("{user_id}", "1"))
        for path, operations in OPENAPI["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


def test_the_document_has_json_routes() -> None:
    assert ("POST", "/auth/login") in json_routes()


@pytest.mark.parametrize("headers", [(FORM,), ("Content-Type: application/json",), ()], ids=["form", "json", "none"])
@pytest.mark.parametrize(("method", "path"), json_routes())
def test_a_large_body_without_a_token_is_refused_and_not_kept(
    product: EmbeddedProduct, method: str, path: str, headers: tuple[str, ...]
) -> None:
    httpx.request(method, product.url + path, json={})
    with growth(product.pid) as announced, connected(product.url) as connection:
        connection.sendall(head(method, path, f"Content-Length: {PIECES * len(PIECE)}", *headers))
        send_until_closed(connection, PIECE, PIECES)
        assert status_of(connection) in {413, None}
    with growth(product.pid) as chunked, connected(product.url) as connection:
        connection.sendall(head(method, path, "Transfer-Encoding: chunked", *headers))
        send_until_closed(connection, CHUNK, PIECES)
        assert status_of(connection) in {413, None}
    assert max(announced.bytes, chunked.bytes) < MAX_GROWTH


def test_the_server_answers_a_large_body_before_it_has_arrived(product: EmbeddedProduct) -> None:
    with connected(product.url) as connection:
        connection.sendall(head("POST", "/auth/login", f"Content-Length: {PIECES * len(PIECE)}", FORM))
        assert status_of(connection) == 413
