"""The console of a product whose limits are on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.built_console import BuiltConsole
from tests.console.person import Person
from tests.e2e.embedded_product import EmbeddedProduct
from tests.servers.chromium import Chromium
from tests.servers.shared import required

pytestmark = pytest.mark.thorough


@pytest.fixture
def product(tmp_path: Path) -> Iterator[EmbeddedProduct]:
    """A product that lets a user ask twice a minute."""
    for needed in (Chromium, BuiltConsole):
        required(needed)
    limits = {"CALIFORNIA_GOLD_RATE_LIMITS": "on", "CALIFORNIA_GOLD_REQUESTS_PER_MINUTE": "2"}
    running = EmbeddedProduct(tmp_path / "product", limits).start()
    yield running
    running.stop()


def test_a_page_that_has_asked_too_often_says_how_long_it_waits(page: Page, person: Person) -> None:
    person.sign_in(page)
    notice = page.get_by_role("status").filter(has_text="Too many requests for now: going on in")
    for _ in range(2):
        page.reload()
        expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(notice).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_enabled()
