"""The screen of one's own account."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.person import PASSWORD, Person

pytestmark = pytest.mark.thorough

NEW_PASSWORD = "Ophthalmoscope-43"


@pytest.fixture
def api(person: Person) -> Iterator[httpx.Client]:
    with person.api() as client:
        yield client


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_the_profile_is_changed_and_shown_as_text(page: Page, person: Person, api: httpx.Client) -> None:
    person.sign_in(page, "#/account")
    bio = "<img src=x onerror=alert(1)>\nRadiologist"
    page.get_by_label("Full name").fill("Ivan Petrov")
    page.get_by_label("E-mail").fill(f"{person.username}@example.com")
    page.get_by_label("About you").fill(bio)
    save(page)
    expect(page.get_by_text("Your account is saved.")).to_be_visible()
    user = api.get("/auth/me").json()
    assert (user["full_name"], user["email"], user["bio"]) == ("Ivan Petrov", f"{person.username}@example.com", bio)
    page.reload()
    expect(page.get_by_label("About you")).to_have_value(bio)

    page.get_by_label("E-mail").fill("")
    save(page)
    expect(page.get_by_text("Your account is saved.")).to_be_visible()
    assert api.get("/auth/me").json()["email"] is None


def test_a_new_username_is_shown_at_once(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    username = f"professor-{uuid4().hex[:12]}"
    page.get_by_label("Username").fill(username)
    save(page)
    expect(page.get_by_role("navigation", name="Screens").get_by_text(username)).to_be_visible()


def test_what_the_api_refuses_is_told_beside_each_field_and_nothing_is_lost(page: Page, person: Person) -> None:
    taken = Person.registered(person.url).username
    person.sign_in(page, "#/account")
    page.get_by_label("Username").fill(taken)
    page.get_by_label("Full name").fill("Ivan Petrov")
    save(page)
    expect(page.get_by_label("Username")).to_have_accessible_description(re.compile("The username is already taken"))
    expect(page.get_by_label("Username")).to_have_value(taken)
    expect(page.get_by_label("Full name")).to_have_value("Ivan Petrov")

    page.get_by_label("E-mail").fill("no address")
    save(page)
    expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile("the email address is not valid"))
    expect(page.get_by_label("E-mail")).to_have_value("no address")


def test_the_password_is_changed_with_the_present_one_only(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    current, new = page.get_by_label("Current password"), page.get_by_label("New password")
    current.fill("Stethoscope-43")
    new.fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(current).to_have_accessible_description("The current password is wrong")
    expect(new).to_have_value(NEW_PASSWORD)

    current.fill(PASSWORD)
    new.fill("short")
    page.get_by_role("button", name="Change the password").click()
    expect(new).to_have_attribute("aria-invalid", "true")


def test_after_a_change_of_the_password_one_signs_in_again(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    elsewhere = {"Authorization": f"Bearer {person.token()}"}
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    assert httpx.get(f"{person.url}/auth/me", headers=elsewhere).status_code == 401

    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Account")).to_be_visible()


def test_quotas_say_what_is_used_of_what_is_allowed(page: Page, person: Person, api: httpx.Client) -> None:
    assert api.post("/jobs", files={"file": ("notes.txt", bytes(2000))}, data={"title": "Notes"}).status_code == 201
    person.sign_in(page, "#/account")
    quotas = api.get("/auth/me").json()["quotas"]
    table = page.get_by_role("table", name="Quotas")
    row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Files", exact=True))
    expect(row.get_by_role("cell").first).to_have_text("1")
    if quotas["files"]["allowed"] is None:
        expect(row).to_contain_text("no limit")
    else:
        expect(row).to_contain_text(f"{quotas['files']['allowed']:,}")
        expect(row.get_by_role("progressbar", name="Files")).to_be_visible()
    expect(table).to_contain_text("2 kB")


def test_the_account_is_deleted_only_when_its_name_is_typed(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    page.get_by_role("button", name="Delete the account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    name = dialog.get_by_label(f"Type {person.username}")
    name.fill("doctor")
    dialog.get_by_role("button", name="Delete the account").click()
    expect(name).to_have_accessible_description("That is not your username.")
    assert person.token()

    name.fill(person.username)
    dialog.get_by_role("button", name="Delete the account").click()
    expect(page.get_by_text(f"The account {person.username} is deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    credentials = {"username": person.username, "password": PASSWORD}
    assert httpx.post(f"{person.url}/auth/login", json=credentials).status_code == 401


def test_one_signs_out_of_the_account(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
