"""Optional components: autoscaling, certificates of a private authority. Their kinds have no packaged schema."""

from california_gold_contracts.topics import JOBS
from tests.deployment.k8s_manifests import Manifests, containers, pod

CA_FILE = "/etc/california-gold/ca/ca.crt"


def test_the_analyzer_is_scaled_by_its_consumer_lag(production: Manifests) -> None:
    scaled = production.named("ScaledObject", "analyzer")["spec"]
    (trigger,) = scaled["triggers"]
    process = pod(production.named("Deployment", scaled["scaleTargetRef"]["name"]))["containers"][0]

    assert trigger["type"] == "kafka"
    assert trigger["metadata"]["topic"] == JOBS.name
    assert trigger["metadata"]["consumerGroup"] == "analyzer"
    assert all(isinstance(value, str) for value in trigger["metadata"].values())
    assert scaled["scaleTargetRef"]["envSourceContainerName"] == process["name"]
    assert trigger["metadata"]["bootstrapServersFromEnv"] in production.settings()
    assert 0 < scaled["minReplicaCount"] < scaled["maxReplicaCount"] <= JOBS.partitions


def test_analyzers_run_while_the_lag_cannot_be_read(production: Manifests) -> None:
    scaled = production.named("ScaledObject", "analyzer")["spec"]

    assert scaled["minReplicaCount"] <= scaled["fallback"]["replicas"] <= scaled["maxReplicaCount"]
    assert "cooldownPeriod" not in scaled, "it counts for scaling to zero only"


def test_the_scaler_uses_the_same_broker_credentials_as_the_process(production: Manifests) -> None:
    (trigger,) = production.named("ScaledObject", "analyzer")["spec"]["triggers"]
    credentials = production.named("TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]
    settings = production.settings()
    (secret,) = [
        source["secretRef"]["name"]
        for source in pod(production.named("Deployment", "analyzer"))["containers"][0]["envFrom"]
        if "secretRef" in source
    ]

    assert credentials["secretTargetRef"] == [
        {"parameter": "username", "name": secret, "key": "CALIFORNIA_GOLD_KAFKA_USERNAME"},
        {"parameter": "password", "name": secret, "key": "CALIFORNIA_GOLD_KAFKA_PASSWORD"},
    ]
    mechanism = settings["CALIFORNIA_GOLD_KAFKA_SASL_MECHANISM"].lower().replace("-sha-", "_sha")
    assert trigger["metadata"]["sasl"] == mechanism
    encrypted = settings["CALIFORNIA_GOLD_KAFKA_SECURITY_PROTOCOL"].endswith("SSL")
    assert trigger["metadata"]["tls"] == ("enable" if encrypted else "disable")


def test_every_process_trusts_the_private_authority(production: Manifests, local: Manifests) -> None:
    for workload in (*production.processes(), *local.processes()):
        (container,) = containers(workload)
        (volume,) = [each for each in pod(workload)["volumes"] if each["name"] == "ca"]
        (mount,) = [each for each in container["volumeMounts"] if each["name"] == "ca"]
        files = {each["name"]: each.get("value") for each in container["env"]}

        assert volume["configMap"] == {"name": "california-gold-ca"}
        assert (mount["mountPath"], mount["readOnly"]) == (CA_FILE.rpartition("/")[0], True)
        assert files["SSL_CERT_FILE"] == files["CALIFORNIA_GOLD_KAFKA_CA_FILE"] == CA_FILE


def test_the_scaler_trusts_the_private_authority(production: Manifests) -> None:
    credentials = production.named("TriggerAuthentication", "analyzer-kafka")["spec"]

    assert credentials["configMapTargetRef"] == [{"parameter": "ca", "name": "california-gold-ca", "key": "ca.crt"}]


def test_stores_and_gateway_have_no_use_for_the_private_authority(local: Manifests) -> None:
    processes = {workload["metadata"]["name"] for workload in local.processes()}
    for workload in local.workloads():
        has_volume = any(volume["name"] == "ca" for volume in pod(workload).get("volumes", ()))
        assert has_volume == (workload["metadata"]["name"] in processes)
