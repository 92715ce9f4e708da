"""The gateway serves the console as the one-process form does."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from california_gold.console import files, service
from gateway.configuration import CONSOLE_POLICY
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

CONTENTS = {
    "index.html": b"<!doctype html>",
    "licenses.md": b"# Licenses",
    "assets/index-AbC.js": b"export const answer = 42;",
    "assets/index-AbC.css": b"body { margin: 0 }",
    "assets/icon-AbC.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
COMPARED = (
    *("cache-control", "content-encoding", "content-security-policy", "content-type", "referrer-policy"),
    "x-content-type-options",
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name, content in CONTENTS.items():
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
    return tmp_path / "dist"


@pytest.fixture
def gateway(upstreams: dict[str, Upstream], tmp_path: Path) -> Iterator[NginxServer]:
    required(NginxServer)
    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    server = NginxServer(tmp_path / "nginx", free_port(), addresses)
    yield server
    server.stop()


@pytest.fixture
def serving(gateway: NginxServer, built: Path) -> Iterator[httpx.Client]:
    gateway.gateway = replace(gateway.gateway, console=built)
    gateway.start()
    with httpx.Client(base_url=gateway.endpoint, timeout=30) as client:
        yield client


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("path", ["", *CONTENTS])
def test_every_file_has_the_content_and_the_headers_that_the_one_process_form_gives_it(
    serving: httpx.Client, built: Path, path: str, encoding: str
) -> None:
    asked = {"Accept-Encoding": encoding}
    own = service.answer(files.read_files(built), path or "index.html", asked)
    answer = serving.get(f"/console/{path}", headers=asked)
    assert answer.content == CONTENTS[path or "index.html"]
    assert {name: answer.headers.get(name) for name in COMPARED} == {name: own.headers.get(name) for name in COMPARED}
    assert "Accept-Encoding" in answer.headers["vary"]


def test_the_policies_of_both_are_one() -> None:
    assert service.POLICY == CONSOLE_POLICY


def test_a_page_that_a_browser_has_is_not_sent_again(serving: httpx.Client) -> None:
    etag = serving.get("/console/").headers["etag"]
    assert serving.get("/console/", headers={"If-None-Match": etag}).status_code == 304


def test_a_browser_without_a_path_is_led_to_the_console_and_nobody_else(serving: httpx.Client) -> None:
    led = serving.get("/", headers=BROWSER)
    assert (led.status_code, led.headers["location"], led.headers["vary"]) == (307, "/console/", "Accept")
    for answer in (serving.get("/"), serving.post("/", headers=BROWSER)):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})


@pytest.mark.parametrize("path", ["nothing", "assets/", "assets/nothing.js", "assets/..%2f..%2fetc", "index.html.gz"])
def test_what_is_no_file_of_the_console_is_not_found(serving: httpx.Client, path: str) -> None:
    answer = serving.get(f"/console/{path}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})


def test_a_gateway_without_a_console_leads_nobody_there(gateway: NginxServer) -> None:
    gateway.gateway = replace(gateway.gateway, console=None)
    gateway.start()
    for path in ("/", "/console/"):
        answer = httpx.get(f"{gateway.endpoint}{path}", headers=BROWSER)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})
