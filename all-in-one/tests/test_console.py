"""The console in the one-process form: which files are answered, to whom, and with which headers."""

import gzip
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from california_gold.console import files, service
from california_gold.operations.welcome import welcome
from chassis.composition.embedded import embedded
from chassis.http.app import create_app
from chassis.runtime.settings import Settings

PAGE = b'<!doctype html><script type="module" src="/console/assets/index-AbC.js"></script>'
SCRIPT = b"export const answer = 42;\n"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as `make console` leaves it."""
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    for name, content in (("index.html", PAGE), ("assets/index-AbC.js", SCRIPT)):
        (tmp_path / "dist" / name).write_bytes(content)
        (tmp_path / "dist" / f"{name}.gz").write_bytes(gzip.compress(content))
    return tmp_path / "dist"


@pytest_asyncio.fixture
async def http(built: Path, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings(access_log="off", rate_limits="on", requests_per_minute=2)
    async with embedded(tmp_path / "data") as infrastructure:
        app = create_app([service.build(files.read_files(built))], infrastructure, settings)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://console.test") as client:
            yield client


async def test_the_page_is_never_cached_and_its_scripts_for_ever(http: httpx.AsyncClient) -> None:
    for path in ("/console/", "/console", "/console/index.html"):
        page = await http.get(path)
        assert (page.content, page.headers["content-type"]) == (PAGE, "text/html; charset=utf-8")
        assert page.headers["cache-control"] == "no-cache"
    script = await http.get("/console/assets/index-AbC.js")
    assert (script.content, script.headers["content-type"]) == (SCRIPT, "text/javascript; charset=utf-8")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_every_file_forbids_inline_code_other_origins_frames_and_guessed_types(http: httpx.AsyncClient) -> None:
    for path in ("/console/", "/console/assets/index-AbC.js"):
        headers = (await http.get(path)).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "gzip"), ("br;q=1, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("br", None), ("", None)],
)
async def test_a_file_is_sent_compressed_to_who_can_read_that(
    http: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    answer = await http.get("/console/assets/index-AbC.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == SCRIPT
    assert "Accept-Encoding" in answer.headers["vary"]


async def test_a_page_that_a_browser_has_is_not_sent_again(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/console/")).headers["etag"]
    again = await http.get("/console/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_browser_without_a_path_is_led_to_the_console(http: httpx.AsyncClient) -> None:
    led = await http.get("/", headers=BROWSER)
    assert (led.status_code, led.headers["location"]) == (307, "/console/")
    assert (await http.head("/", headers=BROWSER)).status_code == 307


async def test_what_a_browser_sends_without_a_path_finds_nothing(http: httpx.AsyncClient) -> None:
    sent = await http.post("/", headers=BROWSER)
    assert (sent.status_code, sent.json()) == (404, {"detail": "Не найдено"})


async def test_other_clients_find_nothing_without_a_path_as_ever(built: Path, tmp_path: Path) -> None:
    settings = Settings(access_log="off", rate_limits="off")
    async with embedded(tmp_path / "data") as infrastructure:
        answers: list[list[tuple[int, bytes]]] = []
        for services in ([], [service.build(files.read_files(built))]):
            transport = httpx.ASGITransport(create_app(services, infrastructure, settings))
            async with httpx.AsyncClient(transport=transport, base_url="http://console.test") as client:
                asked = [await client.request(method, "/") for method in ("GET", "HEAD", "POST", "PUT", "DELETE")]
                answers.append([(answer.status_code, answer.content) for answer in asked])
    without, with_console = answers
    assert with_console == without
    assert without[0] == (404, '{"detail":"Не найдено"}'.encode())


@pytest.mark.parametrize(
    "path", ["nothing", "assets/", "../pyproject.toml", "..%2f..%2fpyproject.toml", "index.html.gz"]
)
async def test_what_is_no_file_of_the_console_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/console/{path}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})


async def test_reading_the_console_does_not_count_as_requests_to_the_api(http: httpx.AsyncClient) -> None:
    assert [(await http.get("/console/assets/index-AbC.js")).status_code for _ in range(5)] == [200] * 5
    assert "x-ratelimit-limit" not in (await http.get("/console/")).headers


async def test_its_routes_are_not_in_the_document_of_the_api(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    assert [path for path in paths if path == "/" or path.startswith("/console")] == []


def test_the_start_says_where_the_console_is_or_that_it_is_not_built(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PACKAGED", tmp_path / "nowhere")
    monkeypatch.setattr(files, "BUILT", built)
    assert "console   http://localhost:8000/console/\n" in welcome("http://localhost:8000", tmp_path)
    monkeypatch.setattr(files, "BUILT", tmp_path / "nowhere")
    assert "console   not built: `make console` builds it\n" in welcome("http://localhost:8000", tmp_path)
