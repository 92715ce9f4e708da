"""No request hides in another one: where its end is in doubt, it is the last of its connection.

RFC 9112, section 11.2.
"""

import pytest

from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.exchange import exchange, statuses
from tests.security.raw_http import head

HIDDEN = head("GET", "/hidden")
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"
DOUBTFUL = {
    "a length and chunks": head("POST", "/auth/login", JSON, "Content-Length: 4", CHUNKED) + LAST_CHUNK + HIDDEN,
    "chunks and a length": head("POST", "/auth/login", JSON, CHUNKED, "Content-Length: 4") + LAST_CHUNK + HIDDEN,
    "two lengths": head("POST", "/auth/login", JSON, "Content-Length: 0", "Content-Length: 30") + HIDDEN,
    "two lengths in one": head("POST", "/auth/login", JSON, "Content-Length: 0, 30") + HIDDEN,
    "a signed length": head("POST", "/auth/login", JSON, "Content-Length: +0") + HIDDEN,
    "a length in base 16": head("POST", "/auth/login", JSON, "Content-Length: 0x0") + HIDDEN,
    "an unknown coding": head("POST", "/auth/login", JSON, "Transfer-Encoding: xchunked") + LAST_CHUNK + HIDDEN,
    "chunked and another coding": head("POST", "/auth/login", JSON, f"{CHUNKED}, identity") + LAST_CHUNK + HIDDEN,
    "a blank before the colon": head("POST", "/auth/login", JSON, "Transfer-Encoding : chunked") + LAST_CHUNK + HIDDEN,
    "a size with a prefix": head("POST", "/auth/login", JSON, CHUNKED) + b"0x0\r\n\r\n" + HIDDEN,
    "a size that overflows": head("POST", "/auth/login", JSON, CHUNKED) + b"1" + b"0" * 16 + b"\r\n" + HIDDEN,
    "a chunk without its end": head("POST", "/auth/login", JSON, CHUNKED) + b"1\r\n{0\r\n\r\n" + HIDDEN,
    "a folded header": head("POST", "/auth/login", JSON, "Transfer-Encoding:\r\n chunked") + LAST_CHUNK + HIDDEN,
    "a line feed alone": b"POST /auth/login HTTP/1.1\nHost: x\nContent-Length: 0\n\n" + HIDDEN,
    "a carriage return in a value": head("POST", "/auth/login", JSON, f"X-A: b\r{CHUNKED}") + LAST_CHUNK + HIDDEN,
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_a_request_whose_end_is_in_doubt_hides_no_other(product: EmbeddedProduct, doubt: str) -> None:
    assert statuses(exchange(product.url, DOUBTFUL[doubt]))[1:] == []
    assert '"route":"/hidden"' not in product.log


def test_the_requests_of_a_pipeline_are_answered_in_order(product: EmbeddedProduct) -> None:
    first = head("POST", "/auth/login", JSON, CHUNKED) + b"2\r\n{}\r\n" + LAST_CHUNK
    assert statuses(exchange(product.url, first + head("GET", "/jobs", "Connection: close"))) == [422, 401]


def test_an_upgrade_to_another_protocol_is_ignored(product: EmbeddedProduct) -> None:
    upgrade = head(
        "GET",
        "/jobs",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Connection: Upgrade, HTTP2-Settings",
    )
    assert statuses(exchange(product.url, upgrade)) == [401]
