"""Benchmark of the console in headless Chromium, against the limits that a reader should not feel.

The list with 100 jobs; a folder of 300 slices against curl with the ZIP of the same files; how soon a folder of 10,000
files begins to move; how soon a message of a socket is on the page.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from zipfile import ZipFile

from playwright.sync_api import Browser, Page

from benchmarks.console_browser import ROUNDS, console, limit_row, median_of, missing, signed_in_page
from benchmarks.table import Row
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest
from tests.console.dropping import drop
from tests.console.folders import noise
from tests.console.person import Person

_JOBS = 100
_SLICES, _SLICE_BYTES = 300, 524_420
_SMALL_FILES, _SMALL_BYTES = 10_000, 8_000
_ROWS_DRAWN = """
new MutationObserver(() => {
  if (!window.drawn && document.querySelectorAll("tbody tr").length === %d) window.drawn = performance.now();
}).observe(document, { subtree: true, childList: true });
"""
_MESSAGES_SHOWN = """
window.received = {};
window.shown = {};
window.WebSocket = class extends WebSocket {
  constructor(...values) {
    super(...values);
    this.addEventListener("message", ({ data }) => (received[JSON.parse(data).job?.progress] ??= performance.now()));
  }
};
new MutationObserver(() => {
  const share = document.querySelector("tbody progress")?.value;
  if (share !== undefined) requestAnimationFrame(() => (shown[Math.round(share * 100)] ??= performance.now()));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
_SENDING_SECONDS = """() => {
  const { duration } = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/jobs"));
  return duration / 1000;
}"""


def rows() -> list[Row]:
    """Measure; the ratio is the limit divided by the measured value, of the folder its rate divided by curl's."""
    if reason := missing():
        sys.stderr.write(f"console: {reason}\n")
        return []
    with TemporaryDirectory() as folder, console(Path(folder) / "product") as (browser, url):
        return [
            _first_view(browser, Person.registered(url)),
            *_folder_of_slices(browser, Person.registered(url), Path(folder)),
            _folder_of_small_files(browser, Person.registered(url), Path(folder)),
            _message(browser, Person.registered(url), Path(folder)),
        ]


def _first_view(browser: Browser, person: Person) -> Row:
    with person.api() as api:
        for number in range(_JOBS):
            api.post("/jobs", data={"title": f"job {number}"}).raise_for_status()

    def seconds() -> float:
        with signed_in_page(browser, person, f"#/jobs?limit={_JOBS}", _ROWS_DRAWN % _JOBS) as page:
            page.get_by_role("progressbar").nth(_JOBS - 1).wait_for()
            return page.evaluate("window.drawn") / 1000

    return limit_row(f"console: first view of the list with {_JOBS} jobs", median_of(seconds), 1)


def _folder_of_slices(browser: Browser, person: Person, folder: Path) -> list[Row]:
    slices = noise(folder / "slices", _SLICES, _SLICE_BYTES)
    archive = folder / "slices.zip"
    with ZipFile(archive, "w") as content:
        for path in sorted(slices.iterdir()):
            content.write(path, path.name)
    sending, whole, curl = list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        with signed_in_page(browser, person, "#/upload") as page:
            whole.append(_upload_seconds(page, slices))
            sending.append(page.evaluate(_SENDING_SECONDS))
        curl.append(_curl_seconds(person, archive))
    size, what = archive.stat().st_size, f"console: {_SLICES} slices as a folder against curl with their ZIP"
    return [
        _rate_row(f"{what}, sending (goal 0.5)", size, sending, curl),
        _rate_row(f"{what}, from drop to job", size, whole, curl),
    ]


def _rate_row(what: str, size: int, ours: Sequence[float], curl: Sequence[float]) -> Row:
    ratio = median(other / own for own, other in zip(ours, curl, strict=True))
    own, other = (f"{size / 1_000_000 / median(seconds):,.0f} MB/s" for seconds in (ours, curl))
    return Row(what, own, other, ratio)


def _upload_seconds(page: Page, folder: Path) -> float:
    page.get_by_role("button", name="Choose a folder").wait_for()
    started = perf_counter()
    drop(page, folder)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("**/#/jobs/*")
    return perf_counter() - started


def _curl_seconds(person: Person, archive: Path) -> float:
    command = ["curl", "--silent", "--fail", "--output", "/dev/null", "--form", f"file=@{archive}"]
    header = f"Authorization: Bearer {person.token()}"
    started = perf_counter()
    subprocess.run([*command, "--header", header, f"{person.url}/jobs"], check=True)
    return perf_counter() - started


def _folder_of_small_files(browser: Browser, person: Person, folder: Path) -> Row:
    files = noise(folder / "small", _SMALL_FILES, _SMALL_BYTES)

    def seconds() -> float:
        with signed_in_page(browser, person, "#/upload") as page:
            page.get_by_role("button", name="Choose a folder").wait_for()
            started = perf_counter()
            drop(page, files)
            with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/jobs")):
                page.get_by_role("button", name="Upload", exact=True).click()
            return perf_counter() - started

    return limit_row(f"console: a folder of {_SMALL_FILES:,} files begins to move", median_of(seconds), 5)


def _message(browser: Browser, person: Person, folder: Path) -> Row:
    chest = folder / "chest.zip"
    write_ct_zip(small_chest().volume, chest)
    with person.api() as api, signed_in_page(browser, person, "", _MESSAGES_SHOWN) as page:
        job = api.post("/jobs", data={"title": "live"}).json()["id"]
        page.reload()
        page.get_by_role("progressbar").wait_for()
        api.put(f"/jobs/{job}/file", files={"file": ("chest.zip", chest.read_bytes())}).raise_for_status()
        page.get_by_role("row").filter(has_text="Completed").wait_for()
        received, shown = page.evaluate("[window.received, window.shown]")
    latencies = [shown[share] - received[share] for share in received if share in shown and share != "0"]
    return limit_row("console: from a socket's message to the page", _percentile(latencies) / 1000, 0.1)


def _percentile(values: Sequence[float], share: float = 0.95) -> float:
    return sorted(values)[int(len(values) * share)]
