"""The Helm chart as rendered by Helm."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, cast

from tests.deployment.k8s_manifests import K8S, Document, Manifests
from tests.servers import cache
from tests.servers.shared import required
from tools.yaml_documents import all_parsed

CHART = K8S / "helm" / "california-gold"
KUBERNETES = "1.34.0"


class Helm:
    """The program that renders the chart."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be used, or None."""
        return None if cache.helm_program().exists() else "Helm is not there (make servers)"


class ChartRefused(Exception):
    """Helm does not accept the chart or its values; the text says why."""


def rendered(values: Mapping[str, Any], namespace: str = "california-gold") -> Manifests:
    """Render the chart with values; skip the test when Helm is not installed. Raises `ChartRefused`."""
    text = helm(
        *("template", "california-gold", str(CHART), "--namespace", namespace, "--kube-version", KUBERNETES),
        *("--values", "-"),
        given=json.dumps(values),
    )
    return Manifests(tuple(document for document in all_parsed(text) if document))


def helm(*arguments: str, given: str = "") -> str:
    """Run Helm and return its output. Raises `ChartRefused`."""
    required(Helm)
    done = subprocess.run(
        [cache.helm_program(), *arguments], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise ChartRefused(done.stdout + done.stderr)
    return done.stdout


def comparable(manifests: Manifests) -> Mapping[tuple[str, str], Document]:
    """Return all objects by kind and name, without what the two tools do in their own ways.

    To replace pods at a change of settings, kustomize adds a suffix to the ConfigMap's name, the chart an annotation to
    the pods. The chart's Job has the revision of the release in its name, because a Job cannot be changed.
    """
    documents = [cast("Document", _without_own_ways(document)) for document in manifests.documents]
    objects = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    assert len(objects) == len(documents)
    return objects


def _without_own_ways(node: object) -> object:
    if isinstance(node, dict):
        return dict(_entries(cast("dict[str, object]", node)))
    if isinstance(node, list):
        return [_without_own_ways(item) for item in cast("list[object]", node)]
    if isinstance(node, str) and node.startswith("california-gold-settings-"):
        return "california-gold-settings"
    return "topics" if node == "topics-1" else node


def _entries(node: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        if key == "annotations" and isinstance(value, dict):
            value = {name: text for name, text in cast("dict[str, str]", value).items() if name != "checksum/settings"}
            if not value:
                continue
        yield key, _without_own_ways(value)
