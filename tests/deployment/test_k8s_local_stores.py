"""The stores of the local overlay."""

from tests.deployment.compose_file import size_in_bytes
from tests.deployment.k8s_manifests import K8S, Manifests, containers, mebibytes
from tools.yaml_documents import parsed


def test_the_local_stores_equal_those_of_compose(local: Manifests) -> None:
    compose = parsed((K8S.parent / "docker-compose.yml").read_bytes())["services"]

    for store in local.of("StatefulSet"):
        (container,) = containers(store)
        assert container["image"] == compose[store["metadata"]["name"]]["image"]


def test_compose_gives_each_container_at_least_the_memory_of_its_pod(local: Manifests) -> None:
    compose = parsed((K8S.parent / "docker-compose.yml").read_bytes())["services"]
    pods = {workload["metadata"]["name"]: workload for workload in local.workloads()}

    for name in set(compose) - {"gateway"}:
        (container,) = containers(pods[name])
        assert size_in_bytes(compose[name]["mem_limit"]) >= mebibytes(container["resources"]["limits"]["memory"]) << 20


def test_mongodb_finds_itself_in_its_replica_set_when_it_starts(local: Manifests) -> None:
    server, service = local.named("StatefulSet", "mongodb"), local.named("Service", "mongodb")
    (container,) = containers(local.named("Job", "mongodb-replica-set"))
    (port,) = service["spec"]["ports"]
    own_name = f"mongodb-0.{server['spec']['serviceName']}.{server['metadata']['namespace']}.svc.cluster.local"

    # The pod has its full name in its hosts file, and the headless Service answers before the pod is ready.
    assert f'"{own_name}:{port["port"]}"' in container["command"][-1]
    assert service["spec"]["publishNotReadyAddresses"] is True
