"""The console under the limits of a product: five sockets, ten uploads a minute, quotas, the largest file."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from tests.console.built_console import BuiltConsole
from tests.console.dropping import drop
from tests.console.folders import noise
from tests.console.person import Person
from tests.e2e.embedded_product import EmbeddedProduct
from tests.servers.chromium import Chromium
from tests.servers.shared import required

pytestmark = pytest.mark.thorough

_MIB = 1024**2
_SETTINGS = {
    "CALIFORNIA_GOLD_RATE_LIMITS": "on",
    "CALIFORNIA_GOLD_MAX_UPLOAD_BYTES": str(4 * _MIB),
    "CALIFORNIA_GOLD_USER_BYTES": str(3 * _MIB),
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    for needed in (Chromium, BuiltConsole):
        required(needed)
    running = EmbeddedProduct(tmp_path_factory.mktemp("limits") / "product", _SETTINGS).start()
    yield running
    running.stop()


def choose(page: Page, folder: Path) -> None:
    drop(page, folder)
    page.get_by_role("button", name="Upload", exact=True).click()


@pytest.fixture
def sent(page: Page) -> list[str]:
    """The requests by which the page has begun to send a job."""
    sent: list[str] = []

    def on_request(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/jobs"):
            sent.append(request.url)

    page.on("request", on_request)
    return sent


def test_files_that_are_too_large_are_told_beside_them_before_anything_is_sent(
    page: Page, person: Person, sent: list[str], tmp_path: Path
) -> None:
    person.sign_in(page, "#/upload")
    choose(page, noise(tmp_path / "large", files=2, bytes_each=5 * _MIB))
    files = page.get_by_label("Files", exact=True)
    expect(files.get_by_role("alert")).to_contain_text("The upload has 10.5 MB, and the server accepts at most 4.2 MB")
    expect(files).to_contain_text("2 files, 10.5 MB")
    assert sent == []


def test_a_quota_that_is_used_up_is_told_before_anything_is_sent(
    page: Page, person: Person, sent: list[str], tmp_path: Path
) -> None:
    person.sign_in(page, "#/upload")
    choose(page, noise(tmp_path / "large", files=2, bytes_each=7 * _MIB // 4))
    expect(page.get_by_role("alert")).to_contain_text("Your account has 3.1 MB left, and the files take 3.7 MB.")
    assert sent == []


def test_an_upload_over_the_limit_waits_and_says_so(page: Page, person: Person, tmp_path: Path) -> None:
    person.sign_in(page, "#/upload")
    drop(page, noise(tmp_path / "small", files=2, bytes_each=1000))
    expect(page.get_by_role("button", name="Upload", exact=True)).to_be_enabled()
    with person.api() as api:
        while api.post("/jobs", files={"file": ("notes.txt", b"no image")}).status_code != 429:
            pass
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Too many requests for now")).to_be_visible()
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_text("The upload was cancelled.")).to_be_visible()


def test_the_list_holds_at_most_four_sockets(page: Page, person: Person) -> None:
    followed: list[str] = []

    def on_socket(socket: WebSocket) -> None:
        job = socket.url.rpartition("/")[2].partition("?")[0]
        followed.append(job)
        socket.on("close", lambda _: followed.remove(job))
        assert len(followed) <= 5, "a socket may still be closing when the next one opens"

    page.on("websocket", on_socket)
    with person.api() as api:
        jobs = [_new_job(api, f"job {number}") for number in range(6)]
        person.sign_in(page)
        expect(page.get_by_role("progressbar")).to_have_count(6)
        _until(page, lambda: sorted(followed) == sorted(jobs[:4]))
        api.put(f"/jobs/{jobs[0]}", json={"status": "cancelled"}).raise_for_status()
        _until(page, lambda: sorted(followed) == sorted(jobs[1:5]))
        page.get_by_role("link", name="Account").click()
        _until(page, lambda: followed == [])


def _new_job(api: httpx.Client, title: str) -> str:
    answer = api.post("/jobs", data={"title": title})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def _until(page: Page, condition: Callable[[], bool]) -> None:
    """Let the page work until a condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
