"""What is generated from the dashboards and from observability/alerts.yaml, as files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools.observability.panels import Dashboard
from tools.observability.pipeline_dashboard import PIPELINE
from tools.observability.requests_dashboard import REQUESTS
from tools.observability.stores_dashboard import STORES
from tools.yaml_documents import parsed

DASHBOARDS: Sequence[Dashboard] = (REQUESTS, PIPELINE, STORES)
ALERTS = Path("observability/alerts.yaml")
_COMPONENT = Path("k8s/components/observability")
_GENERATED = "# Generated from {source}: make generate.\n"


def observability(root: Path) -> Mapping[Path, str]:
    """Return each file, relative to the repository in `root`, with its text."""
    rules = parsed((root / ALERTS).read_text(encoding="utf-8"))
    return {
        **{Path("observability/dashboards") / f"{each.name}.json": _json(each) for each in DASHBOARDS},
        _COMPONENT / "alerts.yaml": _GENERATED.format(source=ALERTS) + _yaml(_prometheus_rule(rules)),
        _COMPONENT / "dashboards.yaml": _GENERATED.format(source="tools/observability")
        + "---\n".join(_yaml(_config_map(each)) for each in DASHBOARDS),
    }


def _prometheus_rule(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the alerts as an object of the Prometheus operator."""
    metadata = {"name": "california-gold"}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": metadata, "spec": rules}


def _config_map(dashboard: Dashboard) -> Mapping[str, Any]:
    """Return a dashboard as an object that Grafana's sidecar finds by its label."""
    metadata = {"name": f"dashboard-{dashboard.name}", "labels": {"grafana_dashboard": "1"}}
    data = {f"{dashboard.name}.json": _json(dashboard)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _json(dashboard: Dashboard) -> str:
    return json.dumps(dashboard.as_json(), indent=1, ensure_ascii=False) + "\n"


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.dump(document, Dumper=_ReadableDumper, allow_unicode=True, sort_keys=False, width=120)


class _ReadableDumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _represented(_: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_ReadableDumper.add_representer(str, _represented)
