"""`python -m gateway`, as started in the image."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from gateway.configuration import SERVICES
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

ROOT = Path(__file__).parents[2]


class Program(NginxServer):
    name = "python -m gateway"

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "gateway"]

    def environment(self) -> Mapping[str, str]:
        own = {"PYTHONPATH": str(ROOT), "GATEWAY_LISTEN": f"127.0.0.1:{self.port}", "GATEWAY_FOLDER": str(self.folder)}
        addresses = {
            f"GATEWAY_{name.upper().replace('-', '_')}": " ".join(self.gateway.upstreams[name]) for name in SERVICES
        }
        return {**own, **addresses, "GATEWAY_ORIGINS": "https://page.example", "GATEWAY_BODY_LIMIT": "1000"}

    def configure(self) -> None:
        """The program writes the configuration itself."""


@pytest.fixture
def program(upstreams: dict[str, Upstream], tmp_path: Path) -> Iterator[Program]:
    required(NginxServer)
    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    program = Program(tmp_path / "gateway", free_port(), addresses)
    program.start()
    yield program
    program.stop()


def test_the_environment_configures_the_gateway_and_a_signal_stops_it(program: Program) -> None:
    allowed, other = "https://page.example", "https://other.example"
    for origin, expected in ((allowed, allowed), (other, None)):
        answer = httpx.get(f"{program.endpoint}/nowhere", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == expected
    assert httpx.post(f"{program.endpoint}/jobs", content=bytes(1000)).json()["service"] == "jobs-command"
    assert httpx.post(f"{program.endpoint}/jobs", content=bytes(1001)).status_code == 413
    assert program.stop() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_BODY_LIMIT", "much"),
        ("GATEWAY_DRAIN_SECONDS", "long"),
        ("GATEWAY_CLIENT_REQUESTS", "many"),
        ("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8;"),
        ("GATEWAY_TRUSTED_PROXIES", "the-network-of-the-gateway"),
        ("GATEWAY_LISTEN", "80; evil"),
        ("GATEWAY_STORAGE", "a;b"),
    ],
)
def test_an_invalid_variable_is_reported_by_name(name: str, value: str, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "GATEWAY_FOLDER": str(tmp_path), name: value}
    ended = subprocess.run(
        [sys.executable, "-m", "gateway"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"gateway: {name}: ")
    assert len(ended.stderr.splitlines()) == 1
