"""The chart's values: each is declared where a template uses it, with the production overlay's value as the default."""

from collections.abc import Mapping
from typing import Any

from tools.chart.template import Expression, text_of

COMMENTS: Mapping[str, str] = {
    "host": "The name that clients use, and the Secret with its certificate.",
    "tlsSecret": "",
    "routing": "How requests come in: gateway-api, or ingress (our own gateway behind an Ingress).",
    "gateway": "",
    "ingress": "",
    "images": "Where the images are. `digests` has, by name, what is used instead of the tag: identity: sha256:…",
    "nodeSelector": "The architecture that the images were built for.",
    "priorityClass": "The analyzer's priority, below that of the rest. It belongs to the whole cluster.",
    "settings": "Environment of every process: docs/operations.md lists it. Secrets do not belong here.",
    "secrets": "The Secret of each service with its credentials for the stores (k8s/README.md), made beforehand.",
    "certificateAuthority": "The ConfigMap whose ca.crt verifies the stores; empty: public authorities.",
    "analyzerWork": "The class of the volume for the upload that is analysed; empty: the node's disk.",
    "autoscaling": "Needs KEDA and the metrics server. Without it, `replicas` run; with it, at least so many.",
    "observability": "Needs the Prometheus operator; it may select by `labels`. `runbooks`: URL of docs/operations.md.",
    "networkPolicies": "The stores' network, and the pods that come in from the labelled namespaces (k8s/README.md).",
    "processes": "Size of each process.",
}
"""Top-level value -> its comment, in the order of `values.yaml`."""
_HEADER = """# What differs from one installation to the next. The defaults are the names in k8s/overlays/production.
# Generated with the templates from there: make chart.
"""


class Values:
    """The values that the templates use."""

    def __init__(self) -> None:
        self._defaults: dict[str, Any] = {}

    def declare(self, default: Any, *path: str) -> Expression:
        """Declare a value and return the expression that reads it. Raises `ValueError` for a second default."""
        folder = self._defaults
        for name in path[:-1]:
            folder = folder.setdefault(name, {})
        if folder.setdefault(path[-1], default) != default:
            raise ValueError(f"{'.'.join(path)} would have two defaults: {folder[path[-1]]!r} and {default!r}")
        return Expression(_read(path))

    def text(self) -> str:
        """Return `values.yaml`. Raises `ValueError` for a value without a comment."""
        return _HEADER + "".join(self._entry(name) for name in sorted(self._defaults, key=list(COMMENTS).index))

    def _entry(self, name: str) -> str:
        comment = f"\n# {COMMENTS[name]}\n" if COMMENTS[name] else ""
        return comment + text_of({name: self._defaults[name]})


def _read(path: tuple[str, ...]) -> str:
    if all(name.isidentifier() for name in path):
        return ".Values." + ".".join(path)
    names = " ".join(f'"{name}"' for name in path)
    return f"(index .Values {names})"
