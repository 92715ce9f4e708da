"""Guessing passwords: neither accounts nor addresses of an attacker's own give more tries."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep
from uuid import uuid4

import httpx
import pytest

from tests.e2e.embedded_product import EmbeddedProduct

PASSWORD = "Stethoscope-42"
FREE_TRIES = 10
LOGINS_PER_MINUTE = 12


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    """A product that limits rates, behind a proxy."""
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "on",
        "CALIFORNIA_GOLD_REQUESTS_PER_MINUTE": "3",
        "CALIFORNIA_GOLD_USERS_PER_ADDRESS": "2",
        "CALIFORNIA_GOLD_LOGINS_PER_MINUTE": str(LOGINS_PER_MINUTE),
        "CALIFORNIA_GOLD_TRUSTED_PROXIES": "127.0.0.1",
    }
    running = EmbeddedProduct(tmp_path_factory.mktemp("product"), settings).start()
    yield running
    running.stop()


@dataclass
class Client:
    """A client at an address, with a token once it has registered."""

    product: EmbeddedProduct
    address: str
    token: str = ""

    def post(self, path: str, username: str, password: str) -> httpx.Response:
        body = {"username": username, "password": password}
        return httpx.post(self.product.url + path, json=body, headers=self._headers(), timeout=60)

    def log_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return self.post("/auth/login", username, password)

    def register(self, username: str) -> None:
        """Register an account and log in."""
        assert self.post("/auth/register", username, PASSWORD).status_code == 201
        self.token = self.log_in(username).json()["access_token"]

    def jobs(self) -> int:
        return httpx.get(f"{self.product.url}/jobs", headers=self._headers(), timeout=60).status_code

    def _headers(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"X-Forwarded-For": self.address, **token}


def new_name() -> str:
    return f"user-{uuid4().hex[:12]}"


def test_a_token_of_ones_own_does_not_pass_the_limit_of_log_ins(limited: EmbeddedProduct) -> None:
    attacker, anonymous = Client(limited, "192.0.2.1"), Client(limited, "192.0.2.1")
    attacker.register(new_name())
    statuses = [attacker.log_in(new_name(), "a guess").status_code for _ in range(LOGINS_PER_MINUTE)]
    assert Counter(statuses) == {401: LOGINS_PER_MINUTE - 2, 429: 2}, "its own registration and log-in count, too"
    refused = [attacker.post("/auth/register", new_name(), PASSWORD), anonymous.log_in(new_name(), "a guess")]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert Client(limited, "192.0.2.2").log_in(new_name(), "a guess").status_code == 401


def test_other_requests_of_an_address_use_up_no_log_in(limited: EmbeddedProduct) -> None:
    client = Client(limited, "192.0.2.3")
    assert [client.jobs() for _ in range(4)] == [401, 401, 401, 429]
    assert client.log_in(new_name(), "a guess").status_code == 401


def test_an_account_is_guessed_at_a_few_times_from_any_number_of_addresses_and_accounts(
    limited: EmbeddedProduct,
) -> None:
    owner, victim = Client(limited, "198.51.100.1"), new_name()
    owner.register(victim)
    attackers = [Client(limited, f"192.0.2.{number}") for number in range(10, 110)]
    attackers[0].register(new_name())
    refused, checked = guess_until_delayed(victim, attackers, seconds=10)
    assert FREE_TRIES <= checked <= FREE_TRIES + 8
    assert 10 <= int(refused.headers["Retry-After"]) <= 120
    assert attackers[1].log_in(victim).status_code == 429, "the right password is not checked while the delay lasts"
    assert owner.log_in(victim).status_code == 200, "its owner gets in at an address of an earlier log-in"


def test_a_name_without_an_account_is_delayed_in_the_same_words(limited: EmbeddedProduct) -> None:
    known, unknown = new_name(), new_name()
    Client(limited, "198.51.100.2").register(known)
    told: list[object] = []
    for name in (known, unknown):
        attackers = [Client(limited, f"203.0.113.{number}") for number in range(1, 60)]
        refused, checked = guess_until_delayed(name, attackers, seconds=1)
        assert checked >= FREE_TRIES
        seconds = refused.headers["Retry-After"]
        told.append({field: text.replace(f" {seconds} ", " N ") for field, text in refused.json().items()})
    assert told[0] == told[1]


def guess_until_delayed(name: str, attackers: list[Client], seconds: int) -> tuple[httpx.Response, int]:
    """Guess in turn until a delay is as long; return the refusal, and how many guesses were checked."""
    checked = 0
    for attacker in attackers:
        for _ in range(LOGINS_PER_MINUTE // 2):
            answer = attacker.log_in(name, "a guess")
            if answer.status_code == 401:
                checked += 1
            elif int(answer.headers["Retry-After"]) >= seconds:
                return answer, checked
            else:
                sleep(0.1)
    raise AssertionError("no guess was delayed")


def test_accounts_of_ones_own_give_an_address_no_more_requests(limited: EmbeddedProduct) -> None:
    clients = [Client(limited, "192.0.2.50") for _ in range(3)]
    for client in clients:
        client.register(new_name())
    assert [client.jobs() for client in clients for _ in range(3)] == [200] * 6 + [429] * 3
