"""Values that are recognised wherever they stand in a manifest: by their key, or by the name that they have."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from tools.chart.template import Expression, RawText, When
from tools.chart.values import Values

SETTINGS = "california-gold-settings"
NAMESPACE = Expression(".Release.Namespace")
_HAS_CA = ".Values.certificateAuthority.configMap"
_OF_CA = {"SSL_CERT_FILE", "CALIFORNIA_GOLD_KAFKA_CA_FILE", "ca"}
"""Environment variables, mounts and volumes for the certificates of a private authority."""
SERVICES = ("identity", "storage", "jobs-command", "jobs-query", "analyzer", "notifier", "topics", "toolbox")
"""What has a Secret with credentials of its own."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "california-gold.example.com": ("host",),
    "california-gold-tls": ("tlsSecret",),
    **{f"california-gold-stores-{service}": ("secrets", service) for service in SERVICES},
    "california-gold-ca": ("certificateAuthority", "configMap"),
    "california-gold-analyzer": ("priorityClass", "name"),
}
_KEYS: Mapping[str, tuple[str, ...]] = {
    "imagePullSecrets": ("images", "pullSecrets"),
    "nodeSelector": ("nodeSelector",),
    "gatewayClassName": ("gateway", "className"),
    "ingressClassName": ("ingress", "className"),
}


def substituted(node: Any, values: Values) -> Any:
    """Return a manifest with expressions in the place of what is a value of the chart."""
    if isinstance(node, dict):
        return {key: _entry(key, value, values) for key, value in cast("dict[str, Any]", node).items()}
    if isinstance(node, list):
        return [_item(item, values) for item in cast("list[Any]", node)]
    return _scalar(node, values) if isinstance(node, str) else node


def _entry(key: str, value: Any, values: Values) -> Any:
    if key in _KEYS:
        return values.declare(value, *_KEYS[key])
    if key in _BY_KEY:
        return _BY_KEY[key](value, values)
    return substituted(value, values)


def _item(item: Any, values: Values) -> Any:
    tree = substituted(item, values)
    is_of_ca = isinstance(item, dict) and cast("dict[str, Any]", item).get("name") in _OF_CA
    return When(_HAS_CA, tree) if is_of_ca else tree


def _scalar(text: str, values: Values) -> Any:
    if text in _NAMES:
        return values.declare(text, *_NAMES[text])
    if text.startswith(f"{SETTINGS}-"):
        return SETTINGS
    quoted = 'namespace="california-gold"'
    if quoted in text:
        return RawText(text.replace(quoted, f'namespace="{{{{ {NAMESPACE.code} }}}}"'))
    return text


def _image(image: str, values: Values) -> Expression:
    registry, _, name = image.rpartition("/")
    name, _, tag = name.partition(":")
    values.declare(registry, "images", "registry")
    values.declare(tag, "images", "tag")
    values.declare({}, "images", "digests")
    return Expression(f'include "image" (list $ "{name}")')


def _namespace(_: str, _values: Values) -> Expression:
    return NAMESPACE


def _with_ca(value: Any, values: Values) -> When:
    return When(_HAS_CA, substituted(value, values))


def _runbook(url: str, values: Values) -> Expression:
    page, _, alert = url.partition("#")
    values.declare(page, "observability", "runbooks")
    return Expression(f'printf "%s#{alert}" .Values.observability.runbooks')


_BY_KEY: Mapping[str, Callable[[Any, Values], Any]] = {
    "image": _image,
    "namespace": _namespace,
    "configMapTargetRef": _with_ca,
    "runbook_url": _runbook,
}
