"""Evaluation of network policies: whether one pod may connect to another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.deployment.k8s_manifests import Document, Manifests

OUR_NAMESPACE = "california-gold"
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Pod:
    """A pod by its labels; `namespace` has the labels of its namespace, and is None in that of the policies."""

    labels: Labels
    namespace: Labels | None = None
    ports: Mapping[str, int] = field(default_factory=dict[str, int])


def is_allowed(manifests: Manifests, source: Pod, target: Pod, port: int) -> bool:
    """Return whether policies let `source` connect to a TCP port of `target`."""
    out = source.namespace is not None or _lets(manifests, "Egress", source, target, target, port)
    return out and (target.namespace is not None or _lets(manifests, "Ingress", target, source, target, port))


def _lets(manifests: Manifests, direction: str, subject: Pod, peer: Pod, target: Pod, port: int) -> bool:
    """Return whether a policy for `subject` names the peer and the port, or there is none."""
    policies = [
        policy["spec"]
        for policy in manifests.of("NetworkPolicy")
        if direction in policy["spec"]["policyTypes"] and _matches(policy["spec"]["podSelector"], subject.labels)
    ]
    rules = [rule for policy in policies for rule in policy.get(direction.lower(), ())]
    return not policies or any(_names(rule, direction, peer, target, port) for rule in rules)


def _names(rule: Document, direction: str, peer: Pod, target: Pod, port: int) -> bool:
    peers = rule.get("from" if direction == "Ingress" else "to", ())
    ports = rule.get("ports", ())
    reaches_port = not ports or any(_number(each["port"], target) == port for each in ports)
    return reaches_port and (not peers or any(_is_peer(each, peer) for each in peers))


def _number(port: int | str, target: Pod) -> int | None:
    return port if isinstance(port, int) else target.ports.get(port)


def _is_peer(peer: Document, pod: Pod) -> bool:
    if "namespaceSelector" in peer:
        in_namespace = pod.namespace is not None and _matches(peer["namespaceSelector"], pod.namespace)
    else:
        in_namespace = "podSelector" in peer and pod.namespace is None
    return in_namespace and _matches(peer.get("podSelector", {}), pod.labels)


def _matches(selector: Document, labels: Labels) -> bool:
    wanted: Labels = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and _fulfils(selector.get("matchExpressions", ()), labels)


def _fulfils(expressions: Iterable[Document], labels: Labels) -> bool:
    for expression in expressions:
        is_in = labels.get(expression["key"]) in expression["values"]
        if is_in != {"In": True, "NotIn": False}[expression["operator"]]:
            return False
    return True
