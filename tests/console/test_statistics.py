"""The statistics of one's own jobs."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from testkit.images.dicom_files import write_zip
from tests.console.person import Person
from tests.console.picture import keep_picture
from tests.console.studies import analysed, wait_for_statistics

pytestmark = pytest.mark.thorough

IS_DRAWN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some(value => value > 0);
}"""


@pytest.fixture
def api(person: Person) -> Iterator[httpx.Client]:
    with person.api() as client:
        yield client


def row(page: Page, table: str, name: str) -> Locator:
    """Return the row of a table that a name leads."""
    rows = page.get_by_role("table", name=table, exact=True).get_by_role("row")
    return rows.filter(has=page.get_by_role("rowheader", name=name))


def test_a_user_without_jobs_sees_zeros_and_no_chart(page: Page, person: Person) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    person.sign_in(page, "#/statistics")
    expect(row(page, "Jobs by status", "Completed").get_by_role("cell")).to_have_text("0")
    expect(page.get_by_text("No analysis failed in the last day.")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    assert [url for url in asked if "bar-chart" in url] == []
    assert [url for url in asked if "scope=system" in url] == []


def test_jobs_are_counted_by_status_and_by_the_hour(page: Page, person: Person, api: httpx.Client) -> None:
    jobs = [api.post("/jobs", data={"title": f"job {number}"}).json()["id"] for number in range(3)]
    api.put(f"/jobs/{jobs[0]}", json={"status": "cancelled"}).raise_for_status()
    wait_for_statistics(person, lambda said: said["jobs"]["queued"] == 2 and said["jobs"]["cancelled"] == 1)
    person.sign_in(page, "#/statistics")
    expect(row(page, "Jobs by status", "Queued").get_by_role("cell")).to_have_text("2")
    expect(row(page, "Jobs by status", "Cancelled").get_by_role("cell")).to_have_text("1")
    created = row(page, "The last hour and the last day", "Jobs created").get_by_role("cell")
    expect(created).to_have_text(["3", "3"])


def test_a_failure_has_its_reason_in_words_and_its_durations_in_charts(
    page: Page, person: Person, tmp_path: Path
) -> None:
    study = write_zip(tmp_path / "notes.zip", {"notes.txt": b"no image"})
    analysed(person, study, "Notes")
    wait_for_statistics(person, lambda said: said["windows"]["last_hour"]["failures_by_reason"] == {"NO_IMAGE": 1})
    person.sign_in(page, "#/statistics")
    reason = row(page, "Reasons for failures", "The upload holds no images that can be analysed.")
    expect(reason).to_contain_text("NO_IMAGE")
    expect(reason.get_by_role("cell")).to_have_text(["1", "1"])
    analysis = row(page, "Durations", "Analysis, last hour").get_by_role("cell")
    expect(analysis.first).to_have_text("1")
    expect(analysis.last).to_contain_text("sec")
    expect(page.locator("canvas")).to_have_count(3)
    for canvas in page.locator("canvas").all():
        assert canvas.evaluate(IS_DRAWN)
    keep_picture(page, "statistics")


def test_the_latest_numbers_are_asked_for(page: Page, person: Person, api: httpx.Client) -> None:
    person.sign_in(page, "#/statistics")
    queued = row(page, "Jobs by status", "Queued").get_by_role("cell")
    expect(queued).to_have_text("0")
    api.post("/jobs", data={"title": "one"}).raise_for_status()
    wait_for_statistics(person, lambda said: said["jobs"]["queued"] == 1)
    page.get_by_role("button", name="Show the latest").click()
    expect(queued).to_have_text("1")
