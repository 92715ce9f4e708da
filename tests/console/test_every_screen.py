"""What holds on every screen, whatever it shows."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.images.dicom_files import write_ct_zip, write_zip
from testkit.images.phantom import small_chest
from tests.console.accessibility import serious_violations
from tests.console.person import Person
from tests.console.studies import DRAWN_MS, analysed, wait_for_statistics

SCREENS = ("jobs", "upload", "statistics", "account")
SECTIONS = ("users", "statistics", "audit/user/1?as_of=0", "parked", "health")
pytestmark = pytest.mark.thorough
WAYS_IN = ("sign-in", "sign-up")
DEVICES = (
    {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
)
on_each_device = pytest.mark.parametrize("page", DEVICES, indirect=True, ids=["computer", "phone"])


def no_serious_violation(page: Page) -> None:
    """Fail for what axe-core finds, and for a page that scrolls sideways or hides what it is for."""
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("contentinfo").get_by_text("Research use only")).to_be_in_viewport()


@on_each_device
@pytest.mark.parametrize("screen", WAYS_IN)
def test_a_way_in_can_be_used_by_everybody(page: Page, screen: str) -> None:
    page.goto(f"#/{screen}")
    page.get_by_role("heading", level=1).wait_for()
    no_serious_violation(page)


@on_each_device
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_be_used_by_everybody(page: Page, person: Person, screen: str) -> None:
    person.sign_in(page, f"#/{screen}")
    page.get_by_role("heading", level=1).wait_for()
    no_serious_violation(page)


@on_each_device
@pytest.mark.parametrize("section", SECTIONS)
def test_administration_can_be_used_by_everybody(page: Page, administrator: Person, section: str) -> None:
    administrator.sign_in(page, f"#/administration/{section}")
    page.get_by_role("heading", level=2).first.wait_for()
    expect(page.get_by_text("Loading…")).to_have_count(0)
    no_serious_violation(page)


@on_each_device
def test_statistics_with_charts_can_be_used_by_everybody(page: Page, person: Person, tmp_path: Path) -> None:
    study = write_zip(tmp_path / "notes.zip", {"notes.txt": b"no image"})
    analysed(person, study, "Notes")
    wait_for_statistics(person, lambda said: said["windows"]["last_hour"]["failed"] == 1)
    person.sign_in(page, "#/statistics")
    expect(page.locator("canvas")).to_have_count(3)
    no_serious_violation(page)


def test_the_check_finds_a_control_without_a_name_and_a_pale_text(page: Page) -> None:
    page.goto("")
    page.get_by_role("heading", level=1).wait_for()
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    found = [violation.partition(":")[0] for violation in serious_violations(page)]
    assert sorted(found) == ["color-contrast", "label"]


def test_the_whole_navigation_is_reached_by_keyboard(page: Page, person: Person) -> None:
    person.sign_in(page)
    names: list[str] = []
    page.locator("body").focus()
    for _ in range(25):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent || document.activeElement.getAttribute('name')"))
    for name in ("Skip to the content", "Jobs", "New job", "Statistics", "Account", "Sign out"):
        assert name in names


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ct_zip(small_chest().volume, tmp_path_factory.mktemp("study") / "chest.zip")


@on_each_device
def test_a_job_with_findings_can_be_used_by_everybody(page: Page, person: Person, chest: Path) -> None:
    person.sign_in(page, f"#/jobs/{analysed(person, chest, 'Chest')}")
    expect(page.locator(".viewer-place output")).to_contain_text("finding 1", timeout=DRAWN_MS)
    page.get_by_text("History").click()
    expect(page.get_by_role("table", name="History")).to_be_visible()
    no_serious_violation(page)


@on_each_device
def test_a_failed_job_can_be_used_by_everybody(page: Page, person: Person, tmp_path: Path) -> None:
    study = write_zip(tmp_path / "notes.zip", {"notes.txt": b"no image"})
    person.sign_in(page, f"#/jobs/{analysed(person, study, 'Notes')}")
    expect(page.get_by_role("alert")).to_be_visible()
    no_serious_violation(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_violations(page) == []
