"""The page of a job: its progress live, its end, and what can be done with it."""

import hashlib
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from testkit.eventually import eventually_blocking
from testkit.images.dicom_files import write_ct_zip, write_zip
from testkit.images.phantom import small_chest
from tests.console.person import Person
from tests.console.studies import analysed, downloaded, submit, wait_for_job
from tests.console.watch import Watch
from tests.e2e.embedded_product import EmbeddedProduct

ENDS_MS = 120_000
"""How long an analysis may take on a busy machine."""
NOTE_PROGRESS = """
window.noted = [];
setInterval(() => {
  const bar = document.querySelector("progress[aria-label='Progress of the analysis']");
  if (bar && window.noted.at(-1) !== bar.value) window.noted.push(bar.value);
}, 20);
"""


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ct_zip(small_chest().volume, tmp_path_factory.mktemp("study") / "chest.zip")


@pytest.fixture
def without_images(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "notes.zip", {"notes.txt": b"no image"})


def open_job(page: Page, job: str) -> None:
    """Go from one screen to the job's without loading the page anew."""
    page.evaluate(f"location.hash = '#/jobs/{job}'")


def test_the_progress_of_an_analysis_is_seen_live_until_its_findings_are_there(
    page: Page, person: Person, chest: Path
) -> None:
    person.sign_in(page)
    page.evaluate(NOTE_PROGRESS)
    open_job(page, submit(person, chest, "Chest"))
    expect(page.get_by_role("heading", name="Chest")).to_be_visible()
    expect(page.locator(".stages [aria-current=step]")).to_be_visible()
    expect(page.get_by_role("button", name="Lesion 1")).to_be_visible(timeout=ENDS_MS)
    expect(page.get_by_text("Research use only. Not a medical device; not for diagnosis.").first).to_be_visible()
    noted = page.evaluate("window.noted")
    assert noted == sorted(noted)
    assert len(noted) >= 3


def test_a_page_that_is_loaded_anew_in_the_middle_goes_on(page: Page, person: Person, chest: Path) -> None:
    person.sign_in(page)
    open_job(page, submit(person, chest, "Chest"))
    expect(page.locator(".stages [aria-current=step]")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Chest")).to_be_visible()
    expect(page.get_by_role("button", name="Lesion 1")).to_be_visible(timeout=ENDS_MS)


def test_a_page_goes_on_when_the_server_was_killed_in_the_middle(
    page: Page, person: Person, chest: Path, product: EmbeddedProduct, watch: Watch
) -> None:
    watch.allowed += [r"WebSocket connection to", r"net::ERR_", r"status of 50\d"]
    person.sign_in(page)
    open_job(page, submit(person, chest, "Chest"))
    expect(page.locator(".stages [aria-current=step]")).to_be_visible()
    product.kill()
    expect(page.get_by_text("The connection to the server is lost.")).to_be_visible()
    product.start()
    expect(page.get_by_text("The connection to the server is lost.")).to_be_hidden(timeout=ENDS_MS)
    expect(page.get_by_role("button", name="Lesion 1")).to_be_visible(timeout=ENDS_MS)


@pytest.mark.parametrize(
    ("page", "reason", "advice"),
    [
        ({"locale": "en-GB"}, "The upload holds no images that can be analysed.", "Upload CT, MR or PET slices"),
        ({"locale": "ru-RU"}, "В загрузке нет изображений", "Загрузите срезы КТ"),
    ],
    indirect=["page"],
    ids=["English", "Russian"],
)
def test_a_failed_job_says_why_and_what_to_do(
    page: Page, person: Person, without_images: Path, reason: str, advice: str
) -> None:
    job = analysed(person, without_images, "Notes")
    sign_in_by_token(page, person, job)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text(reason)
    expect(notice).to_contain_text(advice)
    expect(notice).to_contain_text("NO_IMAGE")


def sign_in_by_token(page: Page, person: Person, job: str) -> None:
    """Open a job with a session, in whatever language the page is."""
    token = person.token()
    user = httpx.get(f"{person.url}/auth/me", headers={"Authorization": f"Bearer {token}"}).json()
    session = {"token": token, "userId": user["id"], "username": user["username"]}
    page.goto("")
    page.evaluate("session => sessionStorage.setItem('california-gold.session', JSON.stringify(session))", session)
    page.goto(f"#/jobs/{job}")
    page.reload()


def test_artifacts_and_the_spreadsheet_are_downloaded_as_they_are(page: Page, person: Person, chest: Path) -> None:
    job = analysed(person, chest, "Chest")
    person.sign_in(page, f"#/jobs/{job}")
    for name in ("mask.nii.gz", "segmentation.dcm"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == name
        assert digest(download.value.path().read_bytes()) == digest(downloaded(person, job, name))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download results.xlsx").click()
    assert download.value.path().read_bytes().startswith(b"PK")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_title_is_changed_and_shown_as_text(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Notes")
    person.sign_in(page, f"#/jobs/{job}")
    page.get_by_role("button", name="Change title").click()
    title = "<img src=x onerror=alert(1)>"
    page.get_by_role("dialog").get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_title_that_is_refused_is_told_beside_it_and_stays(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Notes")
    person.sign_in(page, f"#/jobs/{job}")
    page.get_by_role("button", name="Change title").click()
    field = page.get_by_role("dialog").get_by_label("Title")
    field.fill("x" * 300)
    page.get_by_role("button", name="Save").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("x" * 300)


def test_an_analysis_is_cancelled_and_begun_again_after_a_question(page: Page, person: Person, chest: Path) -> None:
    person.sign_in(page)
    job = submit(person, chest, "Chest")
    open_job(page, job)
    page.get_by_role("button", name="Cancel the analysis").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the analysis").click()
    expect(page.get_by_text("The job was cancelled, so it has no result.")).to_be_visible()
    wait_for_job(person, job, lambda said: said["status"] == "cancelled")
    page.get_by_role("button", name="Analyse again").click()
    page.get_by_role("dialog").get_by_role("button", name="Analyse again").click()
    expect(page.get_by_role("button", name="Lesion 1")).to_be_visible(timeout=ENDS_MS)


def test_a_job_is_deleted_after_a_question_only(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Notes")
    person.sign_in(page, f"#/jobs/{job}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("“Notes” is deleted.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/jobs$"))
    headers = {"Authorization": f"Bearer {person.token()}"}
    eventually_blocking(lambda: httpx.get(f"{person.url}/jobs/{job}", headers=headers).status_code == 404)


def test_a_job_that_is_deleted_elsewhere_says_so(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Notes")
    person.sign_in(page, f"#/jobs/{job}")
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    httpx.delete(f"{person.url}/jobs/{job}", headers={"Authorization": f"Bearer {person.token()}"})
    expect(page.get_by_text("This job is deleted.")).to_be_visible()


def test_the_history_says_in_words_what_happened(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Notes")
    person.sign_in(page, f"#/jobs/{job}")
    page.get_by_text("History").click()
    table = page.get_by_role("table", name="History")
    expect(table).to_contain_text("was created, file “notes.zip”")
    expect(table).to_contain_text("The analysis failed (NO_IMAGE)")
    expect(table.get_by_role("row").nth(1)).to_contain_text("You")


def test_nobody_sees_the_job_of_another(page: Page, person: Person, without_images: Path) -> None:
    job = analysed(person, without_images, "Private notes")
    Person.registered(person.url).sign_in(page, f"#/jobs/{job}")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("Private notes")).to_be_hidden()
