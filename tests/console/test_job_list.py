"""The list of jobs: what it shows, how it is searched, and how it stays true without being asked again."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.person import Person
from tests.console.picture import keep_picture
from tests.e2e.embedded_product import EmbeddedProduct

pytestmark = pytest.mark.thorough

SHARES = """() => {
  window.shares = [];
  new MutationObserver(() => document.querySelectorAll("progress").forEach(({ value }) => window.shares.push(value)))
    .observe(document.querySelector("main"), { subtree: true, attributes: true, childList: true });
}"""


@pytest.fixture
def api(person: Person) -> Iterator[httpx.Client]:
    with person.api() as client:
        yield client


def new_job(api: httpx.Client, title: str, **rest: str) -> str:
    """Create a job that waits for its file; return its id."""
    answer = api.post("/jobs", data={"title": title, **rest})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def titles(page: Page) -> list[str]:
    return page.get_by_role("table").get_by_role("link").all_inner_texts()


def test_a_user_without_jobs_is_led_to_the_upload(page: Page, person: Person) -> None:
    person.sign_in(page)
    expect(page.get_by_text("There are no jobs yet.")).to_be_visible()
    page.get_by_role("status").get_by_role("link", name="New job").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible()


def test_jobs_stand_newest_first_and_lead_to_their_pages(page: Page, person: Person, api: httpx.Client) -> None:
    new_job(api, "older")
    newest = new_job(api, "<b>newest</b>", description="<img src=x onerror=alert(1)>")
    person.sign_in(page)
    row = page.get_by_role("row").filter(has_text="<b>newest</b>")
    expect(row).to_contain_text("<img src=x onerror=alert(1)>")
    assert titles(page) == ["<b>newest</b>", "older"]
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"#/jobs/{newest}$"))


def test_the_progress_of_an_analysis_is_live(page: Page, person: Person, api: httpx.Client, chest_zip: bytes) -> None:
    job = new_job(api, "chest")
    person.sign_in(page)
    expect(page.get_by_role("progressbar", name="Analysis of chest")).to_be_visible()
    page.evaluate(SHARES)
    lists: list[str] = []
    page.on("request", lambda request: lists.append(request.url) if "/jobs?" in request.url else None)
    row = page.get_by_role("row").filter(has_text="chest")
    with page.expect_request(lambda request: "/stats" in request.url, timeout=60_000):
        assert api.put(f"/jobs/{job}/file", files={"file": ("chest.zip", chest_zip)}).status_code == 200
        expect(row).to_contain_text("Completed", timeout=60_000)
    shares = page.evaluate("window.shares")
    assert [share for share in shares if 0 < share < 1], shares
    assert shares == sorted(shares)
    expect(page.get_by_role("button", name="Completed 1")).to_be_visible()
    keep_picture(page, "jobs")


def test_a_job_that_was_deleted_elsewhere_leaves_the_list(page: Page, person: Person, api: httpx.Client) -> None:
    job = new_job(api, "gone")
    new_job(api, "stays")
    person.sign_in(page)
    expect(page.get_by_role("link", name="gone")).to_be_visible()
    assert api.delete(f"/jobs/{job}").status_code == 200
    expect(page.get_by_role("link", name="gone")).to_be_hidden()
    expect(page.get_by_role("link", name="stays")).to_be_visible()


def test_filters_and_search_stand_in_the_address(page: Page, person: Person, api: httpx.Client) -> None:
    new_job(api, "lung", description="before the operation")
    cancelled = new_job(api, "liver")
    api.put(f"/jobs/{cancelled}", json={"status": "cancelled"}).raise_for_status()
    person.sign_in(page)
    page.get_by_role("button", name="Cancelled").click()
    expect(page.get_by_role("link", name="lung")).to_be_hidden()
    assert titles(page) == ["liver"]
    expect(page.get_by_role("button", name="Cancelled")).to_have_attribute("aria-pressed", "true")

    page.go_back()
    expect(page.get_by_role("link", name="lung")).to_be_visible()
    page.get_by_label("Search").fill("OPERATION")
    expect(page.get_by_role("link", name="liver")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Search")).to_have_value("OPERATION")
    expect(page.get_by_role("link", name="lung")).to_be_visible()
    assert titles(page) == ["lung"]

    page.get_by_label("Search").fill("nothing like this")
    page.get_by_role("button", name="Show all jobs").click()
    expect(page.get_by_role("link", name="liver")).to_be_visible()
    expect(page.get_by_label("Search")).to_have_value("")


def test_a_search_that_is_too_long_is_told_beside_it(page: Page, person: Person) -> None:
    person.sign_in(page)
    page.get_by_label("Search").fill("a" * 256)
    expect(page.get_by_label("Search")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Search")).to_have_value("a" * 256)


def test_pages_are_turned_and_may_be_longer(page: Page, person: Person, api: httpx.Client) -> None:
    for number in range(27):
        new_job(api, f"job {number}")
    person.sign_in(page)
    expect(page.get_by_text("1–25")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("26–27")).to_be_visible()
    assert titles(page) == ["job 1", "job 0"]
    page.reload()
    expect(page.get_by_text("26–27")).to_be_visible()
    page.get_by_label("Jobs per page").select_option("50 per page")
    expect(page.get_by_role("table").get_by_role("link")).to_have_count(27)


def test_users_see_their_own_jobs_only(page: Page, person: Person, product: EmbeddedProduct, api: httpx.Client) -> None:
    new_job(api, "of the first")
    person.sign_in(page)
    expect(page.get_by_role("link", name="of the first")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    Person.registered(product.url).sign_in(page)
    expect(page.get_by_text("There are no jobs yet.")).to_be_visible()
    expect(page.get_by_role("link", name="of the first")).to_be_hidden()
