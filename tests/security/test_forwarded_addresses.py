"""A client behind a trusted proxy can't choose the address that it counts as."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.embedded_product import EmbeddedProduct

LIMIT = 3


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    """A product that limits rates, behind a proxy on this machine."""
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "on",
        "CALIFORNIA_GOLD_LOGINS_PER_MINUTE": str(LIMIT),
        "CALIFORNIA_GOLD_TRUSTED_PROXIES": "127.0.0.1",
    }
    running = EmbeddedProduct(tmp_path_factory.mktemp("product"), settings).start()
    yield running
    running.stop()


def log_in(product: EmbeddedProduct, forwarded: str) -> int:
    """Return the status of a log-in that the proxy forwards; each has another name."""
    body = {"username": f"stranger {forwarded}", "password": "a guess"}
    headers = {b"X-Forwarded-For": forwarded.encode("latin-1")}
    return httpx.post(f"{product.url}/auth/login", json=body, headers=headers, timeout=60).status_code


def test_addresses_that_a_client_puts_before_its_own_do_not_count(limited: EmbeddedProduct) -> None:
    statuses = [log_in(limited, f"203.0.113.{number}, 10.7.7.7") for number in range(LIMIT + 2)]
    assert statuses == [401] * LIMIT + [429] * 2
    assert log_in(limited, "203.0.113.1") == 401


def test_malformed_addresses_count_as_the_proxys(limited: EmbeddedProduct) -> None:
    malformed = ["a:b:zz", "unknown", "192.0.2.300", "192.0.2.9, nonsense", "\xff", ","]
    assert [log_in(limited, forwarded) for forwarded in malformed] == [401] * LIMIT + [429] * LIMIT
    assert "Traceback" not in limited.log
