"""The way into the console, and what stands in it."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.person import PASSWORD, Person
from tests.e2e.embedded_product import EmbeddedProduct

RUSSIAN = pytest.mark.parametrize("page", [{"locale": "ru-RU"}], indirect=True)


def test_a_browser_that_opens_the_address_of_the_product_finds_the_console(
    page: Page, product: EmbeddedProduct
) -> None:
    page.goto(product.url)
    expect(page).to_have_url(f"{product.url}/console/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Research use only")).to_be_in_viewport()


def test_a_visitor_signs_up_and_is_signed_in(page: Page) -> None:
    username = f"doctor-{uuid4().hex[:12]}"
    page.goto("")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(page.get_by_text(username)).to_be_visible()


def test_a_name_that_is_taken_is_told_beside_it_and_nothing_is_lost(page: Page, person: Person) -> None:
    page.goto("#/sign-up")
    name, email = page.get_by_label("Username"), page.get_by_label("E-mail")
    name.fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    email.fill("doctor@example.com")
    page.get_by_role("button", name="Sign up").click()
    expect(name).to_have_accessible_description("The username is already taken")
    expect(name).to_have_value(person.username)
    expect(page.get_by_label("Password")).to_have_value(PASSWORD)
    expect(email).to_have_value("doctor@example.com")


def test_what_the_api_refuses_is_told_beside_each_field(page: Page) -> None:
    page.goto("#/sign-up")
    page.get_by_label("Password").fill("short")
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Sign up").click()
    for label in ("Username", "Password", "E-mail"):
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail")).to_have_accessible_description("the email address is not valid")


def test_a_wrong_password_is_told_beside_it(page: Page, person: Person) -> None:
    page.goto("")
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill("Stethoscope-43")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_have_accessible_description("Wrong username or password")
    expect(page.get_by_label("Username")).to_have_value(person.username)


@RUSSIAN
def test_the_language_is_the_browsers_and_the_switch_changes_it_for_good(page: Page, person: Person) -> None:
    page.goto("")
    expect(page.get_by_role("heading", name="Войти")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.get_by_label("Имя пользователя").fill(person.username)
    page.get_by_label("Пароль").fill("Stethoscope-43")
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_label("Пароль")).to_have_accessible_description("Неверное имя пользователя или пароль")

    page.get_by_label("Язык").select_option("English")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value(person.username)
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_signing_in_leads_to_where_the_visitor_wanted_to_go(page: Page, person: Person) -> None:
    person.sign_in(page, "#/statistics")
    expect(page.get_by_role("heading", name="Statistics")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/statistics$"))


def test_a_session_that_ended_is_asked_for_again_and_leads_back(page: Page, person: Person) -> None:
    person.sign_in(page, "#/account")
    person.end_session(page)
    page.reload()
    person.sign_in_again(page)
    expect(page).to_have_url(re.compile(r"#/account$"))
    expect(page.get_by_role("heading", name="Account")).to_be_visible()


def test_a_wrong_password_for_a_session_that_ended_asks_again(page: Page, person: Person) -> None:
    person.sign_in(page)
    person.end_session(page)
    page.reload()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Password").fill("Stethoscope-43")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_label("Password")).to_have_accessible_description("Wrong username or password")
    person.sign_in_again(page)


def test_a_session_that_ended_may_be_left_for_another(page: Page, person: Person) -> None:
    person.sign_in(page)
    person.end_session(page)
    page.reload()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_ends_the_token_and_the_screen(page: Page, person: Person) -> None:
    person.sign_in(page)
    token = page.evaluate("JSON.parse(sessionStorage.getItem('california-gold.session')).token")
    with page.expect_response(lambda response: response.url.endswith("/auth/logout")):
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert httpx.get(f"{person.url}/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert page.evaluate("sessionStorage.length") == 0
