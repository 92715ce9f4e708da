"""Environment of the processes: every variable is a known setting, and no secret is in the manifests."""

from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from california_gold.settings import DistributedAllSettings
from chassis.composition.distributed_settings import DistributedSettings
from chassis.runtime.settings import PREFIX, InvalidSettings, load
from tests.deployment.k8s_manifests import K8S, Document, Manifests, containers, pod

SECRETS = {
    "eventstoredb-uri": "esdb://events.example.com:2113?Tls=false",
    "mongodb-uri": "mongodb://documents.example.com:27017",
    "s3-access-key": "an access key",
    "s3-secret-key": "a secret key",
    "kafka-password": "a password",
}


def test_every_process_accepts_its_settings(
    manifests: Manifests, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for workload in manifests.processes():
        with monkeypatch.context() as environment:
            (container,) = containers(workload)
            for name, value in _environment(manifests, container).items():
                environment.setenv(name, value)
            settings = load(_settings_of(container))
        assert settings.host == "0.0.0.0"
        assert settings.instance == workload["metadata"]["name"]
        assert str(settings.data_dir).startswith("/tmp/")


def test_production_does_not_start_before_its_trusted_proxies_are_set(
    production: Manifests, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for workload in production.processes():
        with monkeypatch.context() as environment:
            (container,) = containers(workload)
            for name, value in (_environment(production, container) | _settings(production, container)).items():
                environment.setenv(name, value)
            with pytest.raises(
                InvalidSettings, match=r"^CALIFORNIA_GOLD_TRUSTED_PROXIES: .*the-network-of-the-gateway"
            ):
                load(_settings_of(container))


def test_the_local_overlay_trusts_one_network_of_pods(local: Manifests) -> None:
    for workload in local.processes():
        (container,) = containers(workload)
        [trusted] = _settings(local, container)["CALIFORNIA_GOLD_TRUSTED_PROXIES"].split(",")
        assert ip_network(trusted).prefixlen >= 16


def test_service_links_are_disabled(manifests: Manifests) -> None:
    assert all(pod(workload)["enableServiceLinks"] is False for workload in manifests.ours())


def test_production_holds_no_secret(production: Manifests) -> None:
    assert not production.of("Secret")
    secret = _secret_variables()
    for workload in production.processes():
        for container in containers(workload):
            given = {variable["name"]: variable for variable in container["env"]}
            assert all("secretKeyRef" in given[name]["valueFrom"] for name in secret)
    for settings in production.of("ConfigMap"):
        assert not secret & set(settings["data"])
        assert not any("@" in value for value in settings["data"].values())


def test_local_secrets_are_generated_and_distinct(manifests: Manifests) -> None:
    for secret in manifests.of("Secret"):
        assert secret["metadata"]["name"].startswith("california-gold-stores-")
        assert len({secret["data"]["s3-access-key"], secret["data"]["s3-secret-key"]}) == 2


def test_every_referenced_object_exists(manifests: Manifests) -> None:
    for workload in manifests.ours():
        manifests.named("ServiceAccount", pod(workload)["serviceAccountName"])
        for container in containers(workload):
            for source in container.get("envFrom", ()):
                manifests.named("ConfigMap", source["configMapRef"]["name"])


def test_a_field_of_the_pod_is_named_as_the_api_server_stores_it(manifests: Manifests) -> None:
    fields = [
        variable["valueFrom"]["fieldRef"]
        for workload in manifests.ours()
        for container in containers(workload)
        for variable in container["env"]
        if "fieldRef" in variable.get("valueFrom", {})
    ]
    assert fields
    assert all(field["apiVersion"] == "v1" for field in fields), "a server-side apply would conflict otherwise"


def test_the_example_of_an_external_secret_has_every_key_that_the_processes_read(production: Manifests) -> None:
    example = yaml.safe_load((K8S / "examples" / "external-secret.yaml").read_bytes())["spec"]
    references = [
        variable["valueFrom"]["secretKeyRef"]
        for workload in production.processes()
        for container in containers(workload)
        for variable in container["env"]
        if "secretKeyRef" in variable.get("valueFrom", {})
    ]
    assert {example["target"]["name"]} == {reference["name"] for reference in references}
    assert {each["secretKey"] for each in example["data"]} == {reference["key"] for reference in references}


def _environment(manifests: Manifests, container: Document) -> dict[str, str]:
    """Return the environment, with the one value that an operator of production has to set."""
    given = _settings(manifests, container) | {"CALIFORNIA_GOLD_TRUSTED_PROXIES": "10.244.0.0/16"}
    return given | {variable["name"]: _value(manifests, variable) for variable in container["env"]}


def _settings(manifests: Manifests, container: Document) -> dict[str, str]:
    given: dict[str, str] = {}
    for source in container["envFrom"]:
        given |= manifests.named("ConfigMap", source["configMapRef"]["name"])["data"]
    return given


def _value(manifests: Manifests, variable: Document) -> str:
    if "value" in variable:
        return str(variable["value"])
    source = variable["valueFrom"]
    if "secretKeyRef" in source:
        return SECRETS[source["secretKeyRef"]["key"]]
    assert source["fieldRef"]["fieldPath"] == "metadata.name"
    return next(
        workload["metadata"]["name"]
        for workload in manifests.processes()
        if any(variable is each for container in containers(workload) for each in container["env"])
    )


def _settings_of(container: Document) -> type[DistributedSettings]:
    """Return the settings class of the container's program: its own, or that of every process."""
    if container["command"][0] in {"california-gold", "sleep"}:
        return DistributedAllSettings
    python, option, module = container["command"]
    assert (python, option) == ("python", "-m")
    program: Any = import_module(f"{module}.__main__" if _is_package(module) else module)
    return getattr(program, "ProcessSettings", DistributedSettings)


def _is_package(module: str) -> bool:
    found = find_spec(module)
    assert found, f"there is no module {module}"
    return found.submodule_search_locations is not None


def _secret_variables() -> set[str]:
    return {
        PREFIX + name.upper()
        for name, field in DistributedSettings.model_fields.items()
        if field.annotation is SecretStr
    }
