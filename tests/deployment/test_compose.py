"""Static checks of docker-compose.yml: consistency and security."""

import os
import re
import stat
import subprocess
from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from california_gold.settings import DistributedAllSettings
from chassis.composition.distributed_settings import DistributedSettings
from chassis.runtime.settings import PREFIX, load
from gateway.__main__ import gateway_of
from tests.deployment.compose_file import size_in_bytes

ROOT = Path(__file__).parents[2]
SECRETS = {"S3_ACCESS_KEY": "an-access-key", "S3_SECRET_KEY": "a-secret-key"}
Document = dict[str, Any]
_SECONDS_OF_THE_WORKERS = 25
"""What follows the drain (docs/operations.md)."""


def _document() -> Document:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


COMPOSE = _document()
SERVICES: dict[str, Document] = COMPOSE["services"]
ONE_SHOT = {name for name, service in SERVICES.items() if str(service["restart"]).startswith("on-failure")}
PROCESSES = {name for name, service in SERVICES.items() if PREFIX + "HOST" in service.get("environment", {})}
OURS = PROCESSES | {"gateway"}

every_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_of_ours = pytest.mark.parametrize("name", sorted(OURS))
each_process = pytest.mark.parametrize("name", sorted(PROCESSES))


def test_all_six_services_are_present() -> None:
    assert {"identity", "storage", "jobs-command", "jobs-query", "analyzer", "notifier", "topics"} <= PROCESSES


@every_service
def test_an_image_is_built_here_or_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].rpartition(":")
    assert (tag == "local") == ("build" in SERVICES[name]) == image.startswith("california-gold/")
    assert tag == "local" or re.search(r"\d+\.\d+\.\d+|\d{4}-\d\d-\d\d", tag)


@each_of_ours
def test_every_build_context_exists(name: str) -> None:
    build = SERVICES[name]["build"]
    if "target" in build:
        assert f" AS {build['target']}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    else:
        service = build["args"]["SERVICE"]
        assert SERVICES[name]["image"] == f"california-gold/{service}:local"
        assert any((ROOT / folder / "pyproject.toml").exists() for folder in (service, f"services/{service}"))


@every_service
def test_every_long_running_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name in ONE_SHOT:
        assert check == {"disable": True}
    else:
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "start_period"} <= set(check)


@every_service
def test_dependencies_wait_for_health_or_completion(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert wait == {"condition": wanted}


@each_process
def test_a_process_starts_with_its_settings(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(variable, _filled_in(value))
    settings = load(_settings_of(SERVICES[name]["command"]))
    assert settings.s3_secret_key.get_secret_value() == SECRETS["S3_SECRET_KEY"]
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)
    assert settings.trusted_proxies == SERVICES["gateway"]["networks"]["inside"]["ipv4_address"]


@each_process
def test_a_process_has_time_to_drain_before_it_is_killed(name: str) -> None:
    drain = int(SERVICES[name]["environment"].get(f"{PREFIX}DRAIN_SECONDS", "10"))
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= drain + _SECONDS_OF_THE_WORKERS


def test_services_that_take_uploads_wait_for_them() -> None:
    assert {name for name in PROCESSES if f"{PREFIX}DRAIN_SECONDS" in SERVICES[name]["environment"]} == {
        "storage",
        "jobs-command",
    }


def test_the_gateway_finds_the_services() -> None:
    gateway = gateway_of(SERVICES["gateway"].get("environment", {}))
    assert {address for addresses in gateway.upstreams.values() for address in addresses} == {
        f"{name}:8000" for name in SERVICES["gateway"]["depends_on"]
    }
    assert gateway.openapi.exists()


@every_service
def test_every_container_runs_with_least_privilege(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "container_name"} & set(service)
    assert not any(str(volume).startswith(("/", ".")) for volume in service.get("volumes", []))


@every_service
def test_every_container_has_a_limit_of_memory_and_of_threads(name: str) -> None:
    service = SERVICES[name]
    assert 0 < size_in_bytes(service["mem_limit"]) <= size_in_bytes("5g")
    assert 0 < service["pids_limit"] <= 4096


@each_of_ours
def test_our_containers_write_to_tmpfs_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["tmpfs"]
    assert "user" not in SERVICES[name]


def test_only_the_api_and_the_objects_are_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"gateway", "minio"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in set(SERVICES) - set(published):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_trusted_proxy_address_belongs_to_the_gateway_only() -> None:
    (pool,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    trusted = ip_address(SERVICES["gateway"]["networks"]["inside"]["ipv4_address"])
    assert trusted in ip_network(pool["subnet"])
    assert trusted not in ip_network(pool["ip_range"])


def test_presigned_links_use_the_published_port() -> None:
    port = SERVICES["minio"]["ports"][0].split(":")[1]
    assert SERVICES["storage"]["environment"][f"{PREFIX}S3_PUBLIC_ENDPOINT"] == f"http://localhost:{port}"


@every_service
def test_the_compose_file_holds_no_secret(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("KEY|PASSWORD|SECRET|ROOT_USER", variable):
            assert re.fullmatch(r"\$\{\w+:\?make env first\}", value)
        assert "@" not in str(value).removeprefix("1@localhost")


def test_volumes_are_declared_and_used() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_secrets_are_generated_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "compose"
    folder.mkdir()
    script = folder / "make-env.sh"
    script.write_bytes((ROOT / "compose" / "make-env.sh").read_bytes())
    made: list[str] = []
    for _ in range(2):
        subprocess.run(["sh", script], check=True)
        made.append((tmp_path / ".env").read_text(encoding="utf-8"))
    assert made[0] == made[1]
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    values = dict(line.split("=") for line in made[0].splitlines())
    assert set(values) == set(SECRETS)
    assert len({*values.values()}) == 2
    assert all(len(value) == 40 for value in values.values())
    assert os.access(ROOT / "compose" / "make-env.sh", os.X_OK)


def test_secrets_are_never_committed_nor_sent_to_a_build() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "**/.env" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def _filled_in(value: str) -> str:
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda variable: SECRETS[variable[1]], value)


def _settings_of(command: list[str]) -> type[DistributedSettings]:
    """Return the settings class of a program: its own, or that of every process."""
    if command[0] == "california-gold":
        return DistributedAllSettings
    assert command[:2] == ["python", "-m"]
    package = import_module(command[2])
    program: Any = import_module(f"{command[2]}.__main__" if hasattr(package, "__path__") else command[2])
    return getattr(program, "ProcessSettings", DistributedSettings)
