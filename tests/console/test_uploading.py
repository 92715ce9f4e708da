"""Files and folders become jobs, and what stands in their way is told before anything is lost."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from tests.console.dropping import drop, slow_uploads
from tests.console.folders import DICOM_HEAD, noise, unpacked
from tests.console.person import Person
from tests.console.picture import keep_picture
from tests.console.watch import Watch
from tests.e2e.embedded_product import EmbeddedProduct

JOB_PAGE = re.compile(r"#/jobs/[0-9a-f-]{36}$")
COUNTED_HANDLES = """
window.readByHandle = 0;
const { getFile } = FileSystemFileHandle.prototype;
FileSystemFileHandle.prototype.getFile = function () {
  window.readByHandle += 1;
  return getFile.call(this);
};
"""
NO_HANDLES = "delete DataTransferItem.prototype.getAsFileSystemHandle;"
CLOSED_FOLDERS = """
const { webkitGetAsEntry } = DataTransferItem.prototype;
const readEntries = (give, refuse) => refuse(new DOMException("", "NotReadableError"));
DataTransferItem.prototype.webkitGetAsEntry = function () {
  const entry = webkitGetAsEntry.call(this);
  return window.isClosed ? Object.assign(entry, { createReader: () => ({ readEntries }) }) : entry;
};
"""
FIRST_ANSWER_IS_LOST = """
let lost = false;
const { open } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (...values) {
  this.addEventListener("load", (event) => {
    if (!lost) {
      lost = true;
      event.stopImmediatePropagation();
      this.dispatchEvent(new ProgressEvent("error"));
    }
  });
  return open.apply(this, values);
};
"""


@pytest.fixture
def study(chest_zip: bytes, tmp_path: Path) -> Path:
    """A folder with a CT series of a chest."""
    return unpacked(chest_zip, tmp_path / "КТ грудной клетки")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def uploaded(page: Page) -> str:
    """Wait until the page shows the new job; return its id."""
    expect(page).to_have_url(JOB_PAGE)
    return page.url.rpartition("/")[2]


def test_a_dropped_folder_becomes_a_job_with_its_images(page: Page, person: Person, study: Path) -> None:
    person.sign_in(page, "#/upload")
    page.get_by_label("Title").fill("<b>Follow-up</b>")
    page.get_by_label("Description").fill("after three months")
    drop(page, study)
    expect(page.get_by_text("2 files passed over")).to_be_visible()
    press(page, "Upload")
    with person.api() as api:
        job = api.get(f"/jobs/{uploaded(page)}").json()
        assert (job["title"], job["description"]) == ("<b>Follow-up</b>", "after three months")
        assert job["file_name"] == "КТ грудной клетки.zip"
        names = [entry["name"] for entry in api.get(f"/jobs/{job['id']}/zip-contents").json()["files"]]
    images = len(list((study / "images").rglob("*.dcm")))
    assert len([name for name in names if name.endswith(".dcm")]) == len(names) == images
    assert names[0].startswith("КТ грудной клетки/images/")


@pytest.mark.parametrize(("browser_has", "read_by_handle"), [(COUNTED_HANDLES, 4), (COUNTED_HANDLES + NO_HANDLES, 0)])
def test_a_folder_is_walked_alike_by_handles_and_by_entries(
    page: Page, person: Person, tmp_path: Path, browser_has: str, read_by_handle: int
) -> None:
    hidden_from_handles = "IMG:1"
    for path in ("series 2/b", "series 2/a", f"series 2/{hidden_from_handles}", "series 1/deeper/Ж", "z"):
        file = tmp_path / "study" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(DICOM_HEAD + path.encode())
    page.add_init_script(browser_has)
    person.sign_in(page, "#/upload")
    drop(page, tmp_path / "study")
    press(page, "Upload")
    job = uploaded(page)
    assert page.evaluate("window.readByHandle") == read_by_handle
    with person.api() as api:
        names = [entry["name"] for entry in api.get(f"/jobs/{job}/zip-contents").json()["files"]]
        with ZipFile(BytesIO(api.get(f"/jobs/{job}/file").content)) as archive:
            assert archive.testzip() is None
            assert archive.read("study/z") == DICOM_HEAD + b"z"
    by_path = ("series 1/deeper/Ж", f"series 2/{hidden_from_handles}", "series 2/a", "series 2/b", "z")
    assert names == [f"study/{path}" for path in by_path]


def test_a_folder_that_cannot_be_read_is_told_beside_the_zone_and_what_was_chosen_stays(
    page: Page, person: Person, study: Path, tmp_path: Path
) -> None:
    page.add_init_script(NO_HANDLES + CLOSED_FOLDERS)
    person.sign_in(page, "#/upload")
    drop(page, study)
    expect(page.get_by_text("2 files passed over")).to_be_visible()
    page.evaluate("window.isClosed = true")
    drop(page, noise(tmp_path / "closed", files=2, bytes_each=1000))
    told = page.get_by_role("alert").filter(has_text="The folder closed can't be read")
    expect(told).to_be_visible()
    expect(page.get_by_label("Files", exact=True)).to_contain_text(study.name)
    page.evaluate("window.isClosed = false")
    drop(page, tmp_path / "closed")
    expect(page.get_by_label("Files", exact=True)).to_contain_text("closed")
    expect(told).to_be_hidden()


@pytest.mark.parametrize("what_happens", ["removed", "changed"])
def test_a_file_that_is_gone_before_it_is_sent_is_named(
    page: Page, person: Person, watch: Watch, tmp_path: Path, what_happens: str
) -> None:
    watch.allowed.append("net::ERR_")
    folder = noise(tmp_path / "large", files=300, bytes_each=1000)
    person.sign_in(page, "#/upload")
    drop(page, folder)
    expect(page.get_by_label("Files", exact=True)).to_contain_text("300 files")
    expect(page.get_by_role("progressbar", name="Checking the files")).to_be_hidden()
    if what_happens == "removed":
        (folder / "IM00299").unlink()
    else:
        (folder / "IM00299").write_bytes(b"other")
    press(page, "Upload")
    expect(page.get_by_role("alert").filter(has_text="The file large/IM00299 can't be read")).to_be_visible()


def test_a_folder_and_files_are_chosen_without_a_mouse(page: Page, person: Person, study: Path) -> None:
    person.sign_in(page, "#/upload")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose a folder").press("Enter")
    choosing.value.set_files(study)
    expect(page.get_by_text("2 files passed over")).to_be_visible()
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose files").press("Enter")
    choosing.value.set_files(sorted((study / "images").rglob("*.dcm"))[:1])
    expect(page.get_by_label("Files", exact=True)).to_contain_text("1 file,")
    page.get_by_role("button", name="Upload").press("Enter")
    uploaded(page)


def test_an_empty_folder_and_one_without_images_are_told_before_anything_is_sent(
    page: Page, person: Person, tmp_path: Path
) -> None:
    empty, without = tmp_path / "empty", tmp_path / "letters"
    empty.mkdir()
    without.mkdir()
    (without / "letter.txt").write_text("Dear colleague")
    (without / "letter.pdf").write_text("%PDF-1.7")
    person.sign_in(page, "#/upload")
    page.get_by_label("Title").fill("kept")
    for folder, sentence in ((empty, "There are no files in it."), (without, "None of the files is a DICOM")):
        drop(page, folder)
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(page.get_by_role("button", name="Upload")).to_be_hidden()
    expect(page.get_by_label("Title")).to_have_value("kept")


def test_an_upload_tells_its_progress_and_can_be_cancelled_and_tried_again(
    page: Page, person: Person, tmp_path: Path
) -> None:
    person.sign_in(page, "#/upload")
    drop(page, noise(tmp_path / "large", files=20, bytes_each=500_000))
    with slow_uploads(page):
        press(page, "Upload")
        expect(page.get_by_text(re.compile(r"MB of 10 MB · .*/s · .* left"))).to_be_visible()
        keep_picture(page, "upload")
        press(page, "Cancel the upload")
        expect(page.get_by_text("The upload was cancelled. The files are still chosen.")).to_be_visible()
    with person.api() as api:
        assert api.get("/jobs").json() == []
    press(page, "Try again")
    uploaded(page)


def test_a_server_that_is_lost_in_the_middle_loses_nothing(
    page: Page, person: Person, product: EmbeddedProduct, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed.append("net::ERR_")
    person.sign_in(page, "#/upload")
    drop(page, noise(tmp_path / "large", files=20, bytes_each=500_000))
    with slow_uploads(page):
        press(page, "Upload")
        expect(page.get_by_text("left")).to_be_visible()
        product.kill()
        expect(page.get_by_role("alert").filter(has_text="The connection broke off.")).to_be_visible()
    product.start()
    press(page, "Try again")
    job = uploaded(page)
    with person.api() as api:
        assert [each["id"] for each in api.get("/jobs").json()] == [job]


def test_an_answer_that_is_lost_makes_no_second_job(page: Page, person: Person, study: Path) -> None:
    page.add_init_script(FIRST_ANSWER_IS_LOST)
    person.sign_in(page, "#/upload")
    drop(page, study)
    press(page, "Upload")
    expect(page.get_by_role("alert").filter(has_text="no second job is created")).to_be_visible()
    with person.api() as api:
        (made,) = api.get("/jobs").json()
        press(page, "Try again")
        assert uploaded(page) == made["id"]
        assert len(api.get("/jobs").json()) == 1


def test_a_session_that_ended_is_renewed_without_choosing_the_files_again(
    page: Page, person: Person, study: Path
) -> None:
    person.sign_in(page, "#/upload")
    drop(page, study)
    expect(page.get_by_text("2 files passed over")).to_be_visible()
    person.end_session(page)
    press(page, "Upload")
    person.sign_in_again(page)
    uploaded(page)


def test_an_upload_goes_on_while_the_reader_looks_at_other_screens(page: Page, person: Person, tmp_path: Path) -> None:
    person.sign_in(page, "#/upload")
    page.get_by_label("Title").fill("Large study")
    drop(page, noise(tmp_path / "large", files=20, bytes_each=500_000))
    with slow_uploads(page):
        press(page, "Upload")
        expect(page.get_by_text("left")).to_be_visible()
        page.get_by_role("link", name="Statistics").click()
    expect(page.get_by_text("The upload is complete: Large study.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/statistics$"))


def test_leaving_the_page_during_an_upload_asks_first(page: Page, person: Person, tmp_path: Path) -> None:
    person.sign_in(page, "#/upload")
    drop(page, noise(tmp_path / "large", files=20, bytes_each=500_000))
    with slow_uploads(page):
        press(page, "Upload")
        expect(page.get_by_text("left")).to_be_visible()
        with page.expect_event("dialog") as asking:
            page.close(run_before_unload=True)
        assert asking.value.type == "beforeunload"
        asking.value.dismiss()
        press(page, "Cancel the upload")


def test_the_next_user_of_a_tab_does_not_find_the_files_of_the_one_before(
    page: Page, person: Person, product: EmbeddedProduct, study: Path
) -> None:
    person.sign_in(page, "#/upload")
    page.get_by_label("Title").fill("private")
    drop(page, study)
    expect(page.get_by_text("2 files passed over")).to_be_visible()
    press(page, "Sign out")
    Person.registered(product.url).sign_in(page, "#/upload")
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_label("Files", exact=True)).to_be_hidden()
