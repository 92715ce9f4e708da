"""What is a value of the chart in the objects of one kind."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.chart.substitution import SETTINGS
from tools.chart.template import Expression, When
from tools.chart.values import Values

Tree = dict[str, Any]
_AUTOSCALING = ".Values.autoscaling.enabled"
_WORK_CLASS = ".Values.analyzerWork.storageClass"


def parametrise(tree: Tree, values: Values, autoscaled: Mapping[str, int]) -> None:
    """Put expressions into an object. `autoscaled`: the least replicas of each Deployment that has an autoscaler."""
    if tree["kind"] == "Deployment":
        _deployment(tree, values, autoscaled)
    elif change := _CHANGES.get(tree["kind"]):
        change(tree, values)


def _deployment(tree: Tree, values: Values, autoscaled: Mapping[str, int]) -> None:
    name, spec = tree["metadata"]["name"], tree["spec"]
    if name in autoscaled:
        replicas = values.declare(autoscaled[name], "processes", name, "replicas")
        tree["spec"] = {"replicas": When(f"not {_AUTOSCALING}", replicas), **spec}
    elif spec.get("replicas"):
        spec["replicas"] = values.declare(spec["replicas"], "processes", name, "replicas")
    _pods(tree, values)
    # A change of the settings replaces the pods: nothing else of them changes then.
    digest = Expression(".Values.settings | toJson | sha256sum")
    spec["template"]["metadata"] = {"annotations": {"checksum/settings": digest}, **spec["template"]["metadata"]}


def _pods(tree: Tree, values: Values) -> None:
    name, pod = tree["metadata"]["name"], tree["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    container["resources"] = values.declare(container["resources"], "processes", name, "resources")
    pod["volumes"] = [_volume(volume, values) for volume in pod["volumes"]]


def _volume(volume: Any, values: Values) -> Any:
    if isinstance(volume, When) or volume["name"] != "work":
        return volume
    size = volume["emptyDir"]["sizeLimit"]
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": values.declare("", "analyzerWork", "storageClass"),
        "resources": {"requests": {"storage": size}},
    }
    return {
        "name": "work",
        "emptyDir": When(f"not {_WORK_CLASS}", {"sizeLimit": size}),
        "ephemeral": When(_WORK_CLASS, {"volumeClaimTemplate": {"spec": claim}}),
    }


def _job(tree: Tree, values: Values) -> None:
    _pods(tree, values)
    # A Job cannot be changed: each revision of the release has its own.
    tree["metadata"]["name"] = Expression(f'printf "{tree["metadata"]["name"]}-%d" .Release.Revision')


def _cpu_scaler(tree: Tree, values: Values) -> None:
    _limits(tree, values, "minReplicas", "maxReplicas")


def _lag_scaler(tree: Tree, values: Values) -> None:
    _limits(tree, values, "minReplicaCount", "maxReplicaCount")


def _limits(tree: Tree, values: Values, least: str, most: str) -> None:
    spec, name = tree["spec"], tree["spec"]["scaleTargetRef"]["name"]
    spec[least] = values.declare(spec[least], "processes", name, "replicas")
    spec[most] = values.declare(spec[most], "processes", name, "maxReplicas")


def _settings(tree: Tree, values: Values) -> None:
    if tree["metadata"]["name"] == SETTINGS:
        tree["data"] = values.declare(tree["data"], "settings")


def _labels(tree: Tree, values: Values) -> None:
    more = values.declare({}, "observability", "labels")
    own = " ".join(f'"{key}" "{value}"' for key, value in tree["metadata"]["labels"].items())
    tree["metadata"]["labels"] = Expression(f"merge (dict {own}) {more.code}")


def _ingress(tree: Tree, values: Values) -> None:
    tree["metadata"]["annotations"] = values.declare(tree["metadata"]["annotations"], "ingress", "annotations")


_PEERS: Mapping[str, str] = {
    "requests-from-the-gateway": "gatewayPods",
    "gateway-behind-the-ingress": "ingressPods",
    "figures-to-prometheus": "prometheusPods",
}
"""Network policy -> the value with the labels of the pods that it lets in from another namespace."""


def _network_policy(tree: Tree, values: Values) -> None:
    name, spec = tree["metadata"]["name"], tree["spec"]
    if name == "stores":
        spec["egress"][0]["to"] = values.declare(spec["egress"][0]["to"], "networkPolicies", "stores")
    elif name in _PEERS:
        pods = spec["ingress"][0]["from"][0]["podSelector"]
        pods["matchLabels"] = values.declare(pods["matchLabels"], "networkPolicies", _PEERS[name])


_CHANGES: Mapping[str, Callable[[Tree, Values], None]] = {
    "Job": _job,
    "HorizontalPodAutoscaler": _cpu_scaler,
    "ScaledObject": _lag_scaler,
    "ConfigMap": _settings,
    "PodMonitor": _labels,
    "PrometheusRule": _labels,
    "Ingress": _ingress,
    "NetworkPolicy": _network_policy,
}
