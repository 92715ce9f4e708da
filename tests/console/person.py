"""A user of the console in a test."""

import json
from dataclasses import dataclass
from uuid import uuid4

import httpx
from playwright.sync_api import Page, expect

PASSWORD = "Stethoscope-42"
_SESSION = "california-gold.session"


@dataclass(frozen=True)
class Person:
    """A registered user, and what they do on a page in English."""

    url: str
    username: str

    @classmethod
    def registered(cls, url: str) -> "Person":
        """Register a user with a new name."""
        person = cls(url, f"doctor-{uuid4().hex[:12]}")
        registered = httpx.post(f"{url}/auth/register", json={"username": person.username, "password": PASSWORD})
        assert registered.status_code == 201, registered.text
        return person

    def token(self) -> str:
        """Return a new token."""
        answer = httpx.post(f"{self.url}/auth/login", json={"username": self.username, "password": PASSWORD})
        return answer.json()["access_token"]

    def api(self) -> httpx.Client:
        """Return a client of the API with a new token, to be closed."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def sign_in(self, page: Page, address: str = "") -> None:
        """Open an address of the console and sign in there; wait until the screen is there."""
        page.goto(address)
        page.get_by_label("Username").fill(self.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()

    def sign_in_again(self, page: Page) -> None:
        """Answer the question for the password of a session that has ended."""
        dialog = page.get_by_role("dialog", name="Sign in again")
        expect(dialog.get_by_label("Username")).to_have_value(self.username)
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog).to_be_hidden()

    def end_session(self, page: Page) -> None:
        """End the token of a page behind its back, as time does."""
        token = json.loads(page.evaluate(f"sessionStorage.getItem('{_SESSION}')"))["token"]
        ended = httpx.post(f"{self.url}/auth/logout", headers={"Authorization": f"Bearer {token}"})
        assert ended.status_code == 200, ended.text
