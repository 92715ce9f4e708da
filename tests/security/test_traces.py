"""Log-ins, refusals, changes of passwords and downloads leave a trace that the operator can read."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from testkit.eventually import eventually_blocking
from tests.e2e.embedded_product import EmbeddedProduct

PASSWORD = "correct horse"
WITHIN_SECONDS = 90.0
"""A minute until repetitions are written, and more on a busy machine."""


def audit(product: EmbeddedProduct, *arguments: str) -> list[dict[str, Any]]:
    """Run `california-gold audit` in the product's folder; return its JSON."""
    program = str(Path(sys.executable).with_name("california-gold"))
    command = [program, "audit", *arguments, "--format", "json"]
    return json.loads(subprocess.run(command, cwd=product.folder, capture_output=True, check=True).stdout)


def entries_of(product: EmbeddedProduct, *arguments: str, until: Callable[[list[dict[str, Any]]], bool]) -> Any:
    """Return the entries of the security log once they are written."""

    def written() -> list[dict[str, Any]] | None:
        entries = audit(product, *arguments)
        return entries if until(entries) else None

    return eventually_blocking(written, within=WITHIN_SECONDS, pause=1.0)


def registered(product: EmbeddedProduct, username: str) -> tuple[int, dict[str, str]]:
    """Register and log in; return the user's number and the header of the token."""
    account = {"username": username, "password": PASSWORD}
    user = httpx.post(f"{product.url}/auth/register", json=account).raise_for_status().json()
    token = httpx.post(f"{product.url}/auth/login", json=account).raise_for_status().json()["access_token"]
    return user["id"], {"Authorization": f"Bearer {token}"}


def test_what_a_user_does_can_be_read_by_the_operator(product: EmbeddedProduct) -> None:
    user_id, token = registered(product, "watched")
    httpx.post(f"{product.url}/upload", files={"file": ("secret name.dcm", b"bytes")}, headers=token).raise_for_status()
    httpx.get(f"{product.url}/download/secret name.dcm", headers=token).raise_for_status()
    assert httpx.get(f"{product.url}/audit/user/1", headers=token).status_code == 403
    body = {"password": "another horse", "current_password": PASSWORD}
    httpx.put(f"{product.url}/users/{user_id}", json=body, headers=token).raise_for_status()
    assert httpx.post(f"{product.url}/auth/login", json={"username": "watched", "password": "x"}).status_code == 401
    expected = ["login", "download", "refused", "password-changed", "login-refused"]
    found = entries_of(product, "user", str(user_id), "--access", until=lambda entries: len(entries) >= len(expected))
    assert [entry["action"] for entry in found] == expected
    assert {(entry["user_id"], entry["address"]) for entry in found} == {(user_id, "127.0.0.0/24")}
    _, download, refused, _, wrong = found
    assert download["subject"].startswith("file-")
    assert (refused["subject"], refused["reason"]) == ("GET /audit/user/{reference}", "403")
    assert wrong["reason"] == "wrong password"
    assert "secret name" not in json.dumps(found)


@pytest.mark.thorough
def test_guesses_of_unknown_names_are_recorded_without_the_names_and_within_bounds(
    product: EmbeddedProduct,
) -> None:
    for number in range(130):
        httpx.post(f"{product.url}/auth/login", json={"username": f"guessed-{number}", "password": "password123"})

    def guesses(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [entry for entry in entries if entry["action"] == "login-refused" and entry["user_id"] is None]

    found = guesses(
        entries_of(product, "access", until=lambda all_: sum(entry["count"] for entry in guesses(all_)) >= 130)
    )
    assert len(found) <= 110
    assert len({entry["name_hash"] for entry in found if entry["name_hash"]}) >= 50
    assert "guessed" not in json.dumps(found)
    assert product.locations_containing("guessed-1") == []
    for database in ("events.db", "events.db-wal"):
        stored = product.folder / "data" / database
        assert not stored.exists() or b"127.0.0.0/24" not in stored.read_bytes()


def test_the_log_verifies_with_its_security_log(product: EmbeddedProduct) -> None:
    program = str(Path(sys.executable).with_name("california-gold"))
    done = subprocess.run([program, "audit", "verify", "--all"], cwd=product.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
