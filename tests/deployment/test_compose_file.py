"""The reader of docker-compose.yml leaves nothing out."""

from pathlib import Path

import pytest
import yaml

from tests.deployment.compose_file import COMPOSE_FILE, UnknownDeclaration, our_services
from tests.servers.secured import make_secrets
from tools.yaml_documents import parsed


def _written(folder: Path, **declared: object) -> Path:
    """Write a compose file whose storage has further keys; return its path."""
    document = parsed(COMPOSE_FILE.read_text(encoding="utf-8"))
    document["services"]["storage"] |= declared
    file = folder / "docker-compose.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_containers_of_ours_are_read_as_declared(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path / "secrets")
    services = our_services(secrets)
    analyzer, gateway, topics = services["analyzer"], services["gateway"], services["topics"]

    folders = {manifest.parent.name for manifest in COMPOSE_FILE.parent.glob("services/*/pyproject.toml")}
    assert {service.image for service in services.values()} == {
        f"california-gold/{name}:local" for name in folders | {"all-in-one", "gateway"}
    }
    assert (analyzer.build.args, gateway.build.target) == ({"SERVICE": "analyzer"}, "gateway")
    assert f"SECRET_KEY={analyzer.environment['CALIFORNIA_GOLD_S3_SECRET_KEY']}" in _text(secrets / "analyzer.env")
    assert analyzer.environment["CALIFORNIA_GOLD_S3_ENDPOINT"] == "http://minio:9000"
    assert analyzer.secrets == {secrets / "ca.crt": "/etc/california-gold/ca/ca.crt"}
    assert (analyzer.mem_limit, analyzer.pids_limit) == ("5g", 1024)
    assert (analyzer.stop_grace_period, analyzer.volumes) == (120, ("work:/work",))
    assert topics.healthcheck is None
    assert gateway.healthcheck is not None
    assert gateway.healthcheck.seconds_to_start == 30 + 3 * 10
    assert all(service.read_only and service.cap_drop == ("ALL",) for service in services.values())


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ({"cap_add": ["SYS_ADMIN"]}, "storage: cap_add"),
        (
            {"healthcheck": {"test": ["CMD", "true"], "retries": 3}},
            "storage: healthcheck: retries",
        ),
        ({"healthcheck": {"test": ["CMD-SHELL", "true"], "start_period": "5s"}}, "storage: healthcheck: CMD-SHELL"),
        ({"build": {"context": ".", "no_cache": True}}, "storage: build: no_cache"),
        ({"environment": {"NAME": "${NAME:-default}"}}, r"\$\{NAME:-default\}"),
        ({"env_file": ["elsewhere/storage.env"]}, "elsewhere/storage.env"),
        ({"stop_grace_period": "1m30s"}, "1m30s"),
    ],
)
def test_what_the_reader_does_not_know_is_refused(declared: dict[str, object], named: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownDeclaration, match=f"^{named}$"):
        our_services(tmp_path, _written(tmp_path, **declared))
