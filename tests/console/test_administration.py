"""What administrators see, and nobody else."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.forged_event import park_event
from tests.console.person import PASSWORD, Person
from tests.console.picture import keep_picture
from tests.e2e.embedded_product import EmbeddedProduct

pytestmark = pytest.mark.thorough

GUARDED = re.compile(r"/(users|audit|parked|health|stats)\b")


@pytest.fixture
def api(administrator: Person) -> Iterator[httpx.Client]:
    with administrator.api() as client:
        yield client


def new_job(person: Person) -> str:
    """Create a job that waits for its file, and cancel it; return its id."""
    with person.api() as api:
        job = api.post("/jobs", data={"title": "Chest"}).json()["id"]
        api.put(f"/jobs/{job}", json={"status": "cancelled"}).raise_for_status()
        return job


def test_others_read_that_it_is_not_for_them_and_nothing_is_asked(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    expect(page.get_by_role("heading", name="Account")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("location.hash = '#/administration/parked'")
    expect(page.get_by_text("This page is for administrators.")).to_be_visible()
    assert [url for url in asked if GUARDED.search(url)] == []
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)


def test_a_user_is_found_by_name_and_deleted_after_a_question(
    page: Page, person: Person, administrator: Person
) -> None:
    administrator.sign_in(page, "#/administration")
    name = page.get_by_label("Username")
    name.fill(f"{person.username}-nobody")
    page.get_by_role("button", name="Find").click()
    expect(name).to_have_accessible_description(re.compile("The user is not found"))

    name.fill(person.username)
    page.get_by_role("button", name="Find").click()
    remove = page.get_by_role("button", name=f"Delete {person.username}")
    remove.click()
    question = page.get_by_role("dialog", name=f"Delete {person.username}?")
    question.get_by_role("button", name="Cancel").click()
    assert person.token()
    remove.click()
    question.get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"The account {person.username} is deleted.")).to_be_visible()
    credentials = {"username": person.username, "password": PASSWORD}
    assert httpx.post(f"{person.url}/auth/login", json=credentials).status_code == 401


def test_an_administrator_is_led_to_the_account_to_delete_their_own(page: Page, administrator: Person) -> None:
    administrator.sign_in(page, f"#/administration/users?name={administrator.username}")
    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_statistics_are_those_of_all(page: Page, person: Person, administrator: Person) -> None:
    new_job(person)
    with page.expect_response(lambda response: "scope=system" in response.url and response.ok):
        administrator.sign_in(page, "#/administration/statistics")
    expect(page.get_by_role("table", name="Jobs by status")).to_be_visible()


def test_the_audit_shows_a_job_as_of_any_event(page: Page, person: Person, administrator: Person) -> None:
    job = new_job(person)
    administrator.sign_in(page, "#/administration/audit")
    page.get_by_label("Number or UUID").fill(job)
    page.get_by_role("button", name="Show", exact=True).click()
    events = page.get_by_role("table", name="Events")
    expect(events).to_contain_text("jobs.job-submitted.v2")
    expect(events).to_contain_text("jobs.job-cancelled")
    expect(page.get_by_role("heading", name="State at revision 1")).to_be_visible()
    expect(page.locator("pre").first).to_contain_text("cancelled")

    events.get_by_role("link", name="As of 0").click()
    expect(page.get_by_role("heading", name="State at revision 0")).to_be_visible()
    expect(events).not_to_contain_text("jobs.job-cancelled")
    expect(page.get_by_label("As of (optional)")).to_have_value("0")
    page.go_back()
    expect(page.get_by_role("heading", name="State at revision 1")).to_be_visible()


def test_a_point_in_time_that_makes_no_sense_is_told_beside_it(
    page: Page, person: Person, administrator: Person
) -> None:
    administrator.sign_in(page, f"#/administration/audit/job/{new_job(person)}")
    expect(page.get_by_role("table", name="Events")).to_be_visible()
    as_of = page.get_by_label("As of (optional)")
    as_of.fill("yesterday")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(as_of).to_have_accessible_description(re.compile("Enter a revision"))
    expect(as_of).to_have_value("yesterday")
    as_of.fill("2001-05-17 12:30")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(as_of).to_have_accessible_description(re.compile("Nothing existed at that time yet"))


def test_the_hash_chain_is_verified_when_asked_for(page: Page, person: Person, administrator: Person) -> None:
    administrator.sign_in(page, f"#/administration/audit/job/{new_job(person)}")
    page.get_by_role("button", name="Verify the hash chain").click()
    expect(page.get_by_text("The hash chain is intact: 2 events are as recorded.")).to_be_visible()


def test_an_unknown_job_is_told_beside_its_number(page: Page, administrator: Person) -> None:
    administrator.sign_in(page, "#/administration/audit/job/999999999")
    expect(page.get_by_label("Number or UUID")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Number or UUID")).to_have_value("999999999")


def test_a_parked_event_is_shown_retried_and_discarded(
    page: Page, administrator: Person, api: httpx.Client, product: EmbeddedProduct
) -> None:
    user_id = park_event(product, api)
    administrator.sign_in(page, "#/administration/parked")
    rows = page.get_by_role("row").filter(has_text=str(user_id))
    expect(rows).to_have_count(2)
    keep_picture(page, "parked")
    rows.get_by_role("link", name="storage").click()
    expect(page.get_by_text("Only the group storage is shown.")).to_be_visible()
    expect(rows).to_have_count(1)

    rows.get_by_role("button", name="Show").click()
    dialog = page.get_by_role("dialog", name="Parked event")
    expect(dialog).to_contain_text(f'"user_id": {user_id}')
    dialog.get_by_role("button", name="Close").click()

    rows.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("The event is released.")).to_be_visible()
    rows.get_by_role("button", name="Discard").click()
    question = page.get_by_role("dialog", name="Discard this event?")
    question.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The event is discarded for storage.")).to_be_visible()
    expect(rows).to_have_count(0)


def test_what_was_done_by_somebody_else_meanwhile_is_told_beside_the_event(
    page: Page, administrator: Person, api: httpx.Client, product: EmbeddedProduct
) -> None:
    user_id = park_event(product, api)
    administrator.sign_in(page, "#/administration/parked?group=storage")
    row = page.get_by_role("row").filter(has_text=str(user_id))
    expect(row).to_have_count(1)
    parked = next(each for each in api.get("/parked?group=storage").json() if each["key"] == str(user_id))
    api.delete(f"/parked/{parked['id']}").raise_for_status()
    row.get_by_role("button", name="Retry").click()
    expect(row.get_by_role("alert")).to_be_visible()


def test_the_health_of_the_product_is_told(page: Page, administrator: Person) -> None:
    administrator.sign_in(page, "#/administration/health")
    expect(page.get_by_text("The product works.")).to_be_visible()
