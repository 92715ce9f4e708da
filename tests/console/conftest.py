"""The console in Chromium, served by a product of this run: built once, one server for each worker."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.console.built_console import BuiltConsole
from tests.console.person import Person
from tests.console.watch import Watch
from tests.e2e.embedded_product import EmbeddedProduct
from tests.servers.chromium import Chromium
from tests.servers.shared import required

_MAX_WAIT_MS = 20_000
"""How long Playwright waits for what a test does next, or expects."""

expect.set_options(timeout=_MAX_WAIT_MS)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    for needed in (Chromium, BuiltConsole):
        required(needed)
    running = EmbeddedProduct(tmp_path_factory.mktemp("console") / "product").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a module. While it is open its event loop runs in this thread: no test there may be a coroutine."""
    required(Chromium)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=Chromium.program(), args=Chromium.arguments())
        yield chromium
        chromium.close()


@pytest.fixture
def watch(product: EmbeddedProduct) -> Iterator[Watch]:
    """What fails the test if a page reports an error or asks another address for anything."""
    watch = Watch(product.url)
    yield watch
    watch.check()


@pytest.fixture
def page(browser: Browser, product: EmbeddedProduct, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a new visitor; `@pytest.mark.parametrize("page", [{…}], indirect=True)` gives its context options."""
    given: dict[str, Any] = getattr(request, "param", {})
    options: dict[str, Any] = {"locale": "en-GB", "base_url": f"{product.url}/console/", **given}
    context = browser.new_context(**options)
    context.set_default_timeout(_MAX_WAIT_MS)
    opened = context.new_page()
    watch.follow(opened)
    yield opened
    context.close()


@pytest.fixture
def person(product: EmbeddedProduct) -> Person:
    """A new user, registered without a browser."""
    return Person.registered(product.url)


@pytest.fixture
def administrator(product: EmbeddedProduct) -> Person:
    """A new user whom the command line has made an administrator."""
    person = Person.registered(product.url)
    product.run_command("users", "grant-admin", person.username)
    return person
