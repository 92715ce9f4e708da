"""Environment of the processes: every variable is a known setting, and no secret is in the manifests."""

import re
from base64 import b64decode
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from california_gold.settings import DistributedAllSettings
from chassis.composition.distributed_settings import DistributedSettings, KafkaSettings, KeySettings
from chassis.runtime.settings import PREFIX, InvalidSettings, load
from tests.deployment.k8s_manifests import K8S, NAME, Document, Manifests, containers, pod, pod_labels
from tools.yaml_documents import all_parsed

OF_THE_KEYS = f"{PREFIX}MONGODB_KEYS_URI"
SECRETS = {
    f"{PREFIX}EVENTSTOREDB_URI": "esdb://events.example.com:2113?Tls=false",
    f"{PREFIX}MONGODB_URI": "mongodb://documents.example.com:27017",
    f"{PREFIX}S3_ACCESS_KEY": "an access key",
    f"{PREFIX}S3_SECRET_KEY": "a secret key",
    f"{PREFIX}KAFKA_USERNAME": "a user",
    f"{PREFIX}KAFKA_PASSWORD": "a password",
}
"""What the Secret of each service in production has (k8s/README.md)."""


def test_every_process_accepts_its_settings(
    manifests: Manifests, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for workload in manifests.processes():
        with monkeypatch.context() as environment:
            (container,) = containers(workload)
            for name, value in _environment(manifests, container).items():
                environment.setenv(name, value)
            settings = load(_settings_of(container), accepted=DistributedAllSettings)
        assert settings.host == "0.0.0.0"
        if isinstance(settings, DistributedSettings):
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
                load(_settings_of(container), accepted=DistributedAllSettings)


def test_the_local_overlay_trusts_one_network_of_pods(local: Manifests) -> None:
    for workload in local.processes():
        (container,) = containers(workload)
        [trusted] = _settings(local, container)["CALIFORNIA_GOLD_TRUSTED_PROXIES"].split(",")
        assert ip_network(trusted).prefixlen >= 16


def test_service_links_are_disabled(manifests: Manifests) -> None:
    assert all(pod(workload)["enableServiceLinks"] is False for workload in manifests.ours())


def test_production_holds_no_secret(production: Manifests) -> None:
    assert not production.of("Secret")
    for settings in production.of("ConfigMap"):
        assert not _secret_variables() & set(settings["data"])
        assert not any("@" in value for value in settings["data"].values())


def test_a_pod_has_the_secret_of_its_own_service_only(manifests: Manifests) -> None:
    for workload in manifests.processes():
        (container,) = containers(workload)
        name = pod_labels(workload)[NAME].removesuffix("-statistics")
        assert _base_names(_secrets_of(container)) == [f"california-gold-stores-{name}"]
        assert not _secret_variables() & {variable["name"] for variable in container["env"] if variable.get("value")}
        mounted = {volume["name"] for volume in pod(workload)["volumes"] if "secret" in volume}
        assert mounted == ({"credentials"} if name == "credentials" else set())


def test_local_secrets_are_generated_and_give_access_to_keys_where_it_is_needed(local: Manifests) -> None:
    secrets = {secret["metadata"]["name"]: secret.get("data", {}) for secret in local.of("Secret")}
    processes = [container for workload in local.processes() for container in containers(workload)]
    with_keys = {secret for container in processes if _needs_keys(container) for secret in _secrets_of(container)}
    assert with_keys == {name for name, values in secrets.items() if OF_THE_KEYS in values}


def test_every_referenced_object_exists(manifests: Manifests) -> None:
    for workload in manifests.ours():
        manifests.named("ServiceAccount", pod(workload)["serviceAccountName"])
        for container in containers(workload):
            for source in container.get("envFrom", ()):
                if "configMapRef" in source:
                    manifests.named("ConfigMap", source["configMapRef"]["name"])
                elif manifests.of("Secret"):
                    manifests.named("Secret", source["secretRef"]["name"])


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


def test_the_example_of_external_secrets_makes_every_secret_that_the_processes_read(production: Manifests) -> None:
    examples = all_parsed((K8S / "examples" / "external-secret.yaml").read_bytes())
    read = {name for workload in production.processes() for each in containers(workload) for name in _secrets_of(each)}

    assert {each["spec"]["target"]["name"] for each in examples} == read
    for each in examples:
        (source,) = each["spec"]["dataFrom"]
        assert source["extract"]["key"].removeprefix("california-gold/") in each["metadata"]["name"]


def _environment(manifests: Manifests, container: Document) -> dict[str, str]:
    """Return the environment, with the one value that an operator of production has to set."""
    given = _settings(manifests, container) | {"CALIFORNIA_GOLD_TRUSTED_PROXIES": "10.244.0.0/16"}
    return given | {variable["name"]: _value(manifests, variable) for variable in container["env"]}


def _settings(manifests: Manifests, container: Document) -> dict[str, str]:
    given: dict[str, str] = {}
    for source in container["envFrom"]:
        if "configMapRef" in source:
            given |= manifests.named("ConfigMap", source["configMapRef"]["name"])["data"]
        else:
            given |= _content(manifests, source["secretRef"]["name"], with_keys=_needs_keys(container))
    return given


def _content(manifests: Manifests, secret: str, *, with_keys: bool) -> dict[str, str]:
    if manifests.of("Secret"):
        encoded = manifests.named("Secret", secret).get("data", {})
        return {name: b64decode(value).decode() for name, value in encoded.items()}
    return SECRETS | ({OF_THE_KEYS: "mongodb://keys.example.com:27017"} if with_keys else {})


def _needs_keys(container: Document) -> bool:
    """Return whether a program needs keys; the toolbox may be used for what needs them, and users are made there."""
    return (
        container["command"][0] == "sleep"
        or "credentials" in container["command"]
        or issubclass(_settings_of(container), KeySettings)
    )


def _secrets_of(container: Document) -> list[str]:
    return [source["secretRef"]["name"] for source in container["envFrom"] if "secretRef" in source]


def _base_names(secrets: list[str]) -> list[str]:
    """Return names without the hash that kustomize adds to a generated secret."""
    return [re.sub("-[0-9a-z]{10}$", "", name) for name in secrets]


def _value(manifests: Manifests, variable: Document) -> str:
    if "value" in variable:
        return str(variable["value"])
    assert variable["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    return next(
        workload["metadata"]["name"]
        for workload in manifests.processes()
        if any(variable is each for container in containers(workload) for each in container["env"])
    )


def _settings_of(container: Document) -> type[KafkaSettings]:
    """Return the settings class of the container's program: its own, or that of every process."""
    if container["command"][0] == "california-gold":
        return KafkaSettings if container["command"][1] == "topics" else DistributedSettings
    if container["command"][0] == "sleep":
        return DistributedAllSettings
    python, option, module = container["command"]
    assert (python, option) == ("python", "-m")
    program: Any = import_module(f"{module}.__main__" if _is_package(module) else module)
    return getattr(program, "ProcessSettings", None) or getattr(program, "KeySettings", DistributedSettings)


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
