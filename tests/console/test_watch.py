"""The watch over pages fails for what it is there to find."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.console.watch import Watch
from tests.e2e.embedded_product import EmbeddedProduct

ELSEWHERE = "http://127.0.0.1:9/"


@pytest.fixture(params=[{}])
def misbehaving(browser: Browser, product: EmbeddedProduct, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that no other watch looks at."""
    context = browser.new_context(base_url=f"{product.url}/console/", **request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def over_it(misbehaving: Page, product: EmbeddedProduct) -> Watch:
    watch = Watch(product.url)
    watch.follow(misbehaving)
    misbehaving.goto("")
    misbehaving.get_by_role("heading", level=1).wait_for()
    watch.check()
    return watch


@pytest.mark.parametrize(
    "misdeed",
    [
        "console.error('broken')",
        "setTimeout(() => { throw new Error('broken') })",
        "document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
        "document.body.setAttribute('style', 'color: red')",
    ],
)
def test_an_error_and_inline_code_are_found(misbehaving: Page, over_it: Watch, misdeed: str) -> None:
    with misbehaving.expect_event("pageerror" if "throw" in misdeed else "console"):
        misbehaving.evaluate(misdeed)
    with pytest.raises(AssertionError, match=r"broken|Content Security Policy"):
        over_it.check()


def test_the_policy_stops_a_request_to_another_address(misbehaving: Page, over_it: Watch) -> None:
    asked = misbehaving.evaluate(f"fetch('{ELSEWHERE}').then(() => 'sent', () => 'stopped')")
    assert asked == "stopped"
    with pytest.raises(AssertionError, match="Content Security Policy"):
        over_it.check()


@pytest.mark.parametrize("misbehaving", [{"bypass_csp": True}], indirect=True)
def test_a_request_that_no_policy_stops_is_found(misbehaving: Page, over_it: Watch) -> None:
    misbehaving.evaluate(f"fetch('{ELSEWHERE}').catch(() => undefined)")
    with pytest.raises(AssertionError, match=ELSEWHERE):
        over_it.check()
