"""Limits of the gateway on what one client may ask for."""

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from chassis.http.messages import STATUS_DETAILS
from tests.gateway.operation_owners import documented
from tests.gateway.upstream import Upstream
from tests.servers.nginx import OPENAPI, NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

MIB = 1024**2
UPLOADS = {("/upload", "POST"), ("/jobs", "POST"), ("/jobs/{job_id}/file", "PUT")}
POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture
def limited(upstreams: dict[str, Upstream], tmp_path: Path) -> Iterator[NginxServer]:
    """A gateway that allows one client one request and one socket at a time."""
    required(NginxServer)
    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    server = NginxServer(tmp_path / "nginx", free_port(), addresses)
    server.gateway = replace(server.gateway, client_requests=1, client_sockets=1)
    yield server
    server.stop()


@contextmanager
def unfinished_request(server: NginxServer) -> Generator[None]:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
        yield


def test_only_the_routes_of_files_take_large_bodies(http: httpx.Client) -> None:
    for path, method in sorted(documented()):
        if method != "GET":
            status = http.request(method, path.replace("{", "").replace("}", ""), content=bytes(3 * MIB)).status_code
            assert status == (200 if (path, method) in UPLOADS else 413), (method, path)


def test_the_routes_of_files_are_those_of_the_document() -> None:
    paths = json.loads(OPENAPI.read_bytes())["paths"]
    forms = {
        (path, method.upper())
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    }
    assert forms == UPLOADS


def test_a_client_with_too_many_requests_under_way_is_answered_429(
    limited: NginxServer, upstreams: dict[str, Upstream]
) -> None:
    limited.start()
    upstreams["identity"].arrived.clear()
    with unfinished_request(limited):
        assert upstreams["identity"].arrived.wait(30)
        answer = httpx.get(f"{limited.endpoint}/jobs")
        assert (answer.status_code, answer.json()) == (429, {"detail": STATUS_DETAILS[429].ru})
        assert answer.headers["retry-after"] == "1"
        other = httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2"))
        with other:
            assert other.get(f"{limited.endpoint}/jobs").status_code == 200


def test_sockets_do_not_count_as_requests(limited: NginxServer) -> None:
    limited.start()
    with connect(f"ws://127.0.0.1:{limited.port}/ws/jobs/1"):
        assert httpx.get(f"{limited.endpoint}/jobs").status_code == 200
        assert httpx.get(f"{limited.endpoint}/ws/jobs/1").status_code == 429


def test_trusted_proxies_are_not_limited(limited: NginxServer, upstreams: dict[str, Upstream]) -> None:
    limited.gateway = replace(limited.gateway, proxies=["127.0.0.0/8", "10.0.0.0/8"])
    limited.start()
    upstreams["identity"].arrived.clear()
    with ExitStack() as stack:
        stack.enter_context(unfinished_request(limited))
        assert upstreams["identity"].arrived.wait(30)
        assert httpx.get(f"{limited.endpoint}/jobs").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/openapi.json"])
def test_the_gateways_own_answers_have_the_security_headers(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == POLICY


@pytest.mark.parametrize("path", ["/jobs", "/upload", "/ws/jobs/1", "/nowhere", "/openapi.json"])
def test_browsers_are_told_to_stay_with_tls_where_tls_is_in_front(http: httpx.Client, path: str) -> None:
    assert "strict-transport-security" not in http.get(path).headers
    behind_tls = http.get(path, headers={"X-Forwarded-Proto": "https"}).headers
    assert behind_tls["strict-transport-security"] == "max-age=31536000"
