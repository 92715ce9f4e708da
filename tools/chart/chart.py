"""The chart: the objects of the production overlay as templates, and their values."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.chart.kinds import parametrise
from tools.chart.kustomize import build
from tools.chart.substitution import substituted
from tools.chart.template import conditional, text_of
from tools.chart.values import Values

Document = Mapping[str, Any]
_GATEWAY_API, _INGRESS = 'eq .Values.routing "gateway-api"', 'eq .Values.routing "ingress"'
_DASHBOARD = "dashboard"
"""What Grafana's sidecar reads is a ConfigMap with a label."""
_FILES: Mapping[str, str] = {
    "ConfigMap": "settings",
    "Gateway": "gateway-api",
    "HTTPRoute": "gateway-api",
    "HorizontalPodAutoscaler": "autoscaling",
    "ScaledObject": "autoscaling",
    "TriggerAuthentication": "autoscaling",
    "PodMonitor": "observability",
    "PrometheusRule": "observability",
    _DASHBOARD: "observability",
    "NetworkPolicy": "network-policies",
    "PriorityClass": "priority-class",
}
"""Kind -> the template of its objects; the others are in one named as they are."""
_OPTIONAL: Mapping[str, str] = {
    "HorizontalPodAutoscaler": "autoscaling",
    "ScaledObject": "autoscaling",
    "TriggerAuthentication": "autoscaling",
    "PodMonitor": "observability",
    "PrometheusRule": "observability",
    _DASHBOARD: "observability",
    "NetworkPolicy": "networkPolicies",
    "PriorityClass": "priorityClass",
}
"""Kind -> the value whose `enabled` says whether its objects exist."""


def chart(kustomize: Path) -> Mapping[str, str]:
    """Return each generated file, relative to the chart's folder, with its text."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        with_gateway_api = build(kustomize, "production", Path(first))
        with_ingress = build(kustomize, "production", Path(second), ["ingress"])
    values = Values()
    values.declare("gateway-api", "routing")
    for name in sorted(set(_OPTIONAL.values())):
        values.declare(True, name, "enabled")  # noqa: FBT003  (a default, not a mode)
    files = _templates(with_gateway_api, with_ingress, values)
    return {**files, "values.yaml": values.text()}


def _templates(
    with_gateway_api: Iterable[Document], with_ingress: Iterable[Document], values: Values
) -> dict[str, str]:
    of_gateway_api = {_identity(document): document for document in with_gateway_api}
    of_ingress = {_identity(document): document for document in with_ingress}
    autoscaled = _autoscaled(of_gateway_api.values())
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for identity, document in {**of_gateway_api, **of_ingress}.items():
        text = _template(document, values, autoscaled)
        if identity not in of_ingress:
            text = conditional(_GATEWAY_API, text)
        elif identity not in of_gateway_api:
            text = conditional(_INGRESS, text)
        texts[_file(document, is_of_ingress=identity not in of_gateway_api)].append(text)
    return {file: "---\n".join(parts) for file, parts in texts.items()}


def _file(document: Document, *, is_of_ingress: bool) -> str:
    name = "ingress" if is_of_ingress else _FILES.get(_kind(document), document["metadata"]["name"])
    return f"templates/{name}.yaml"


def _kind(document: Document) -> str:
    return _DASHBOARD if "grafana_dashboard" in document["metadata"].get("labels", {}) else document["kind"]


def _template(document: Document, values: Values, autoscaled: Mapping[str, int]) -> str:
    tree = substituted(copy.deepcopy(document), values)
    parametrise(tree, values, autoscaled)
    text = text_of(tree)
    switch = _OPTIONAL.get(_kind(document))
    return conditional(f".Values.{switch}.enabled", text) if switch else text


def _autoscaled(documents: Iterable[Document]) -> Mapping[str, int]:
    return {
        document["spec"]["scaleTargetRef"]["name"]: document["spec"].get("minReplicas")
        or document["spec"]["minReplicaCount"]
        for document in documents
        if "scaleTargetRef" in document.get("spec", {})
    }


def _identity(document: Document) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]
