"""Static checks of docker-compose.yml: consistency and security."""

import os
import re
import stat
from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from california_gold.credentials.rights import OPERATORS
from california_gold.credentials.rights import SERVICES as RIGHTS
from california_gold.settings import DistributedAllSettings
from chassis.composition.distributed_settings import DistributedSettings, KafkaSettings, KeySettings
from chassis.runtime.settings import PREFIX, load
from gateway.__main__ import gateway_of
from tests.deployment.compose_file import environment_of, size_in_bytes
from tests.servers.secured import make_secrets
from tools.yaml_documents import parsed

ROOT = Path(__file__).parents[2]
Document = dict[str, Any]
AUTHORITY = {"source": "ca.crt", "target": "/etc/california-gold/ca/ca.crt"}
_SECONDS_OF_THE_WORKERS = 25
"""What follows the drain (docs/operations.md)."""


def _document() -> Document:
    return parsed((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


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


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make secrets` makes."""
    return make_secrets(tmp_path_factory.mktemp("made") / "secrets")


@each_process
def test_a_process_starts_with_its_settings(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secrets: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in environment_of(name, secrets).items():
        monkeypatch.setenv(variable, value)
    is_command = SERVICES[name]["command"][0] == "california-gold"
    settings = load(_settings_of(SERVICES[name]["command"]), accepted=DistributedAllSettings if is_command else None)
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)
    if isinstance(settings, DistributedSettings):
        assert settings.s3_secret_key.get_secret_value()
        assert settings.trusted_proxies == SERVICES["gateway"]["networks"]["inside"]["ipv4_address"]


def test_the_keys_are_reached_by_processes_that_need_them_only(secrets: Path) -> None:
    with_keys = {name for name in PROCESSES if environment_of(name, secrets).get(f"{PREFIX}MONGODB_KEYS_URI")}
    needing = {name for name in PROCESSES if issubclass(_settings_of(SERVICES[name]["command"]), KeySettings)}
    assert with_keys == needing | {"credentials"}


def test_a_process_has_the_users_of_its_own_service_and_no_others(secrets: Path) -> None:
    for name in PROCESSES - {"credentials"}:
        owner = "jobs-query" if name == "jobs-query-statistics" else name
        assert SERVICES[name]["env_file"] == [f"secrets/{owner}.env"]
        assert SERVICES[name]["secrets"] == [AUTHORITY]
    passwords = re.findall("[0-9a-f]{40}", "".join(_text(secrets / f"{name}.env") for name in (*RIGHTS, *OPERATORS)))
    assert len(set(passwords)) == len(passwords)


def test_every_user_of_a_store_is_made_by_the_container_credentials() -> None:
    mounted = {secret["source"]: secret["target"] for secret in SERVICES["credentials"]["secrets"]}
    folder = SERVICES["credentials"]["command"][-1]
    assert mounted == {
        **{f"{name}.env": f"{folder}/{name}.env" for name in (*RIGHTS, *OPERATORS)},
        AUTHORITY["source"]: AUTHORITY["target"],
    }


@pytest.mark.parametrize("name", ["kurrentdb", "kafka", "mongodb", "minio"])
def test_a_store_asks_for_users(name: str, secrets: Path) -> None:
    environment = environment_of(name, secrets)
    demanded = {
        "kurrentdb": "KURRENTDB_DEFAULT_ADMIN_PASSWORD",
        "kafka": "KAFKA_AUTHORIZER_CLASS_NAME",
        "mongodb": "MONGO_INITDB_ROOT_PASSWORD",
        "minio": "MINIO_ROOT_PASSWORD",
    }
    assert environment[demanded[name]]
    assert "KURRENTDB_INSECURE" not in environment
    assert "CLIENT:PLAINTEXT" not in environment.get("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "")


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
        assert not re.search("PASSWORD|SECRET|ROOT_USER|_KEY$", variable)
        assert "@" not in str(value).removeprefix("1@localhost")


def test_volumes_are_declared_and_used() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_secrets_are_made_once_in_a_folder_that_only_its_owner_reads(tmp_path: Path) -> None:
    made: list[str] = []
    secrets = tmp_path / "secrets"
    for _ in range(2):
        make_secrets(secrets)
        made.append("".join(_text(file) for file in sorted(secrets.iterdir())))
    assert made[0] == made[1]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {file.name for file in secrets.iterdir()} == set(COMPOSE["secrets"]) | {
        *(file.removeprefix("secrets/") for service in SERVICES.values() for file in service.get("env_file", ()))
    }
    assert os.access(ROOT / "compose" / "make-secrets.sh", os.X_OK)


def test_the_certificate_of_the_event_store_is_its_own_and_of_our_authority(secrets: Path) -> None:
    authority, node = (
        x509.load_pem_x509_certificate((secrets / name).read_bytes()) for name in ("ca.crt", "kurrentdb.crt")
    )
    node.verify_directly_issued_by(authority)
    names = node.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "kurrentdb" in names.get_values_for_type(x509.DNSName)
    key = load_pem_private_key((secrets / "kurrentdb.key").read_bytes(), None)
    assert key.public_key() == node.public_key()
    assert not (secrets / "ca.key").exists()


def test_secrets_are_never_committed_nor_sent_to_a_build() -> None:
    assert "/secrets/" in _text(ROOT / ".gitignore").splitlines()
    assert "**/secrets" in _text(ROOT / ".dockerignore").splitlines()


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _settings_of(command: list[str]) -> type[KafkaSettings]:
    """Return the settings class of a program: its own, or that of every process."""
    if command[0] == "california-gold":
        return KafkaSettings if command[1] == "topics" else DistributedSettings
    assert command[:2] == ["python", "-m"]
    package = import_module(command[2])
    program: Any = import_module(f"{command[2]}.__main__" if hasattr(package, "__path__") else command[2])
    return getattr(program, "ProcessSettings", None) or getattr(program, "KeySettings", DistributedSettings)
