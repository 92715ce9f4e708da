"""Headers that the gateway adds to requests, and its own error responses."""

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from chassis.http.messages import STATUS_DETAILS
from chassis.http.problems import RETRY_AFTER
from gateway import configuration, messages
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

PAGE = {"Origin": "https://page.example"}


@pytest.fixture
def unavailable(tmp_path: Path) -> Iterator[NginxServer]:
    """A gateway with unavailable services."""
    required(NginxServer)
    addresses = {name: [f"127.0.0.1:{free_port()}"] for name in configuration.SERVICES}
    server = NginxServer(tmp_path / "nginx", free_port(), {**addresses, "notifier": ["nowhere.invalid:8000"]})
    yield server
    server.stop()


@pytest.mark.parametrize("path", ["/jobs", "/users/1", "/ws/jobs/1"])
def test_an_unavailable_service_gives_an_error_in_the_format_of_the_contract(
    unavailable: NginxServer, path: str
) -> None:
    unavailable.start()
    answer = httpx.get(f"{unavailable.endpoint}{path}", headers=PAGE, timeout=30)
    assert (answer.status_code, answer.json()) == (503, {"detail": STATUS_DETAILS[503].ru})
    assert answer.headers["retry-after"] == RETRY_AFTER["Retry-After"]
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "Origin"
    assert answer.headers["server"] == "nginx"


def test_only_allowed_origins_may_read(unavailable: NginxServer) -> None:
    unavailable.gateway = replace(unavailable.gateway, origins="https://page.example, https://other.example:8443")
    unavailable.start()
    allowed = [
        httpx.get(f"{unavailable.endpoint}/jobs", headers={"Origin": origin}).headers.get("access-control-allow-origin")
        for origin in (PAGE["Origin"], "https://other.example:8443", "https://page.example.evil", "null")
    ]
    assert allowed == [PAGE["Origin"], "https://other.example:8443", None, None]


def test_the_error_messages_equal_those_of_the_services() -> None:
    for status in configuration.NGINX_ERRORS:
        assert messages.DETAILS[status] == STATUS_DETAILS[status].ru


def test_a_malformed_request_gets_an_error(gateway: NginxServer) -> None:
    assert httpx.get(f"{gateway.endpoint}/%zz").json() == {"detail": STATUS_DETAILS[400].ru}
    answer = httpx.get(f"{gateway.endpoint}/jobs", headers={"X": "x" * 70_000})
    assert (answer.status_code, answer.json()) == (431, {"detail": STATUS_DETAILS[431].ru})
    answer = httpx.post(f"{gateway.endpoint}/openapi.json")
    assert (answer.status_code, answer.json()) == (405, {"detail": STATUS_DETAILS[405].ru})


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        ("POST /jobs HTTP/1.1", "Transfer-Encoding: xchunked", 501),
        ("GET /jobs HTTP/3.0", "X: y", 400),
        ("GET /jobs HTTP/1.1", "X y", 400),
    ],
)
def test_a_request_that_is_no_http_gets_an_error_as_json(
    gateway: NginxServer, request_line: str, header: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        connection.sendall(f"{request_line}\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert json.loads(body) == {"detail": STATUS_DETAILS[status].ru}


@pytest.mark.parametrize("status", [404, 413, 500, 503])
def test_the_response_of_a_service_is_passed_on(http: httpx.Client, status: int) -> None:
    answer = http.get("/jobs", headers={"Answer": str(status)})
    assert (answer.status_code, answer.json()["service"]) == (status, "jobs-query")


def test_a_request_keeps_its_id_or_gets_one(http: httpx.Client) -> None:
    given = http.get("/jobs", headers={"X-Request-ID": "from-the_client.1"}).json()["headers"]
    made = [http.get("/jobs").json()["headers"]["x-request-id"] for _ in range(2)]
    odd = http.get("/jobs", headers={"X-Request-ID": "no id"}).json()["headers"]["x-request-id"]
    assert given["x-request-id"] == "from-the_client.1"
    assert len({*made, odd}) == 3
    assert all(len(request_id) == 32 for request_id in (*made, odd))
    assert http.get("/nowhere", headers={"X-Request-ID": "mine"}).headers["x-request-id"] == "mine"


def test_services_receive_the_address_of_the_client(http: httpx.Client) -> None:
    plain = http.get("/jobs").json()["headers"]
    behind = http.get("/jobs", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}).json()
    assert (plain["x-forwarded-for"], plain["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert plain["host"] == http.base_url.netloc.decode()
    assert http.get("/ws/jobs/1").json()["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert behind["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert behind["headers"]["x-forwarded-proto"] == "https"


def test_file_names_are_not_logged(gateway: NginxServer, http: httpx.Client) -> None:
    http.get("/download/name-of-a-patient.zip?q=name-of-a-patient", headers={"X-Request-ID": "looked-for"})
    log = gateway.log_file.read_text()
    assert '"request_id":"looked-for","method":"GET","service":"storage","status":200' in log
    assert "patient" not in log


def test_an_unavailable_replica_is_skipped(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    required(NginxServer)
    addresses = {name: [f"127.0.0.1:{free_port()}", upstream.address] for name, upstream in upstreams.items()}
    server = NginxServer(tmp_path / "nginx", free_port(), addresses)
    server.start()
    try:
        assert [httpx.post(f"{server.endpoint}/jobs", content=b"x").status_code for _ in range(4)] == [200] * 4
    finally:
        server.stop()


@pytest.mark.parametrize("address", ["identity:8000; } evil", "a b:1", "$host:80", "x\n:1"])
def test_an_address_cannot_inject_configuration(unavailable: NginxServer, address: str) -> None:
    upstreams = {**unavailable.gateway.upstreams, "identity": [address]}
    with pytest.raises(ValueError, match="configuration"):
        configuration.configuration(replace(unavailable.gateway, upstreams=upstreams))


def test_nginx_accepts_the_configuration_of_the_image(unavailable: NginxServer, tmp_path: Path) -> None:
    upstreams = {name: [f"{name}:8000"] for name in configuration.SERVICES}
    image = replace(unavailable.gateway, upstreams=upstreams, folder=tmp_path, processes=configuration.MANY_PROCESSES)
    (tmp_path / "nginx.conf").write_text(configuration.configuration(image), encoding="utf-8")
    command = ["nginx", "-t", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
