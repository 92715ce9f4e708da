"""The profile `observability` of docker-compose.yml: what it adds, scrapes and shows."""

import json
from pathlib import Path
from typing import Any

from tests.deployment.test_compose import COMPOSE, PROCESSES, ROOT, SERVICES
from tests.observability.samples import TARGET
from tools.yaml_documents import parsed

FOLDER = ROOT / "observability"
PROFILE = {name for name, service in SERVICES.items() if service.get("profiles") == ["observability"]}
ONCE = {"credentials", "topics"}


def _configuration(name: str) -> Any:
    return parsed((FOLDER / name).read_text(encoding="utf-8"))


def test_the_profile_adds_containers_and_changes_none() -> None:
    assert {"prometheus", "tempo", "grafana"} == PROFILE
    for name in set(SERVICES) - PROFILE:
        assert "profiles" not in SERVICES[name]
        assert not PROFILE & set(SERVICES[name].get("depends_on", ()))


def test_its_containers_write_to_their_volumes_only_and_read_configurations_of_the_repository() -> None:
    for name in PROFILE:
        assert SERVICES[name]["read_only"] is True
        assert "env_file" not in SERVICES[name]
    used = {config["source"] for name in PROFILE for config in SERVICES[name]["configs"]}
    assert used == set(COMPOSE["configs"])
    assert all((ROOT / config["file"]).is_file() for config in COMPOSE["configs"].values())


def test_prometheus_scrapes_every_process_with_the_labels_of_the_cluster() -> None:
    (job,) = _configuration("prometheus.yaml")["scrape_configs"]
    (targets,) = job["static_configs"]

    assert set(targets["targets"]) == {f"{name}:8000" for name in PROCESSES - ONCE}
    assert targets["labels"] == {name: TARGET[name] for name in ("namespace", "container")}
    assert {rule["target_label"] for rule in job["relabel_configs"]} == set(TARGET) - set(targets["labels"])


def test_prometheus_evaluates_the_alerts_where_they_are_mounted() -> None:
    mounted = {config["source"]: config["target"] for config in SERVICES["prometheus"]["configs"]}

    assert _configuration("prometheus.yaml")["rule_files"] == [mounted["alerts.yaml"]]
    assert f"--config.file={mounted['prometheus.yaml']}" in SERVICES["prometheus"]["command"]


def test_grafana_shows_every_dashboard_from_sources_that_run() -> None:
    mounted = {Path(config["target"]) for config in SERVICES["grafana"]["configs"]}
    (provider,) = _configuration("dashboards.yaml")["providers"]
    hosts = {source["url"].removeprefix("http://") for source in _configuration("datasources.yaml")["datasources"]}

    dashboards = {file for file in mounted if file.parent == Path(provider["options"]["path"])}
    assert {file.name for file in dashboards} == {file.name for file in (FOLDER / "dashboards").glob("*.json")}
    assert hosts == {"prometheus:9090", f"tempo:{_configuration('tempo.yaml')['server']['http_listen_port']}"}
    assert all(json.loads((FOLDER / "dashboards" / file.name).read_bytes())["uid"] for file in dashboards)


def test_grafana_has_no_account_that_could_have_a_known_password() -> None:
    settings = SERVICES["grafana"]["environment"]

    assert settings["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert settings["GF_AUTH_BASIC_ENABLED"] == "false"
    assert settings["GF_AUTH_ANONYMOUS_ORG_ROLE"] != "Admin"


def test_traces_are_received_where_opentelemetry_sends_them() -> None:
    receivers = _configuration("tempo.yaml")["distributor"]["receivers"]

    assert receivers == {"otlp": {"protocols": {"http": {"endpoint": "0.0.0.0:4318"}}}}
