"""The console in headless Chromium, for benchmarks: a product of its own, and pages of a person who is signed in."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import orjson
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.table import Row
from tests.console.built_console import BuiltConsole
from tests.console.person import Person
from tests.e2e.embedded_product import EmbeddedProduct
from tests.servers.chromium import Chromium

ROUNDS = 3
_MAX_WAIT_MS = 120_000


def missing() -> str | None:
    """Return why the console can't be measured here, or None. Builds it, unless that was done."""
    return Chromium.missing() or BuiltConsole.missing()


@contextmanager
def console(folder: Path) -> Generator[tuple[Browser, str]]:
    """Start a product in a folder, and a browser; give the browser and the product's address."""
    product = EmbeddedProduct(folder).start()
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=Chromium.program(), args=Chromium.arguments())
            yield chromium, product.url
            chromium.close()
    finally:
        product.stop()


@contextmanager
def signed_in_page(browser: Browser, person: Person, address: str, script: str = "") -> Generator[Page]:
    """Open an address of the console in a new context, in which the person is signed in."""
    with person.api() as api:
        user = api.get("/auth/me").json()
    session = {"token": person.token(), "userId": user["id"], "username": person.username}
    stored = orjson.dumps(orjson.dumps(session).decode()).decode()
    context = browser.new_context(locale="en-GB", base_url=f"{person.url}/console/")
    context.set_default_timeout(_MAX_WAIT_MS)
    context.add_init_script(f"sessionStorage.setItem('california-gold.session', {stored});{script}")
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def median_of(measure: Callable[[], float]) -> float:
    """Return the median of what several rounds measure."""
    return median(measure() for _ in range(ROUNDS))


def limit_row(what: str, seconds: float, limit: float) -> Row:
    """Return the row of a duration whose limit is given in seconds."""
    return Row(what, f"{seconds:.3f} s", f"{limit} s", limit / seconds)
