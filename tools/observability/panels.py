"""Panels and dashboards as Grafana reads them: JSON with what differs from Grafana's defaults, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_COLUMNS, _WIDTH, _HEIGHT = 24, 12, 8
_SCHEMA_VERSION = 41
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SERVICE = 'app_kubernetes_io_name=~"$service"'
"""The selector of the processes that the reader has chosen."""


@dataclass(frozen=True)
class Query:
    """A PromQL expression, and the name of its lines: a template such as `{{route}}`."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A graph. `unit` is one of Grafana's: `s`, `reqps`, `bytes`, `percentunit`. `meaning` says how to read it."""

    title: str
    meaning: str
    queries: Sequence[Query]
    unit: str = "short"


@dataclass(frozen=True)
class Dashboard:
    """A page of panels, two in a row."""

    name: str
    title: str
    panels: Sequence[Panel]

    def as_json(self) -> Mapping[str, Any]:
        """Return the document that Grafana's provisioning reads."""
        return {
            "uid": f"gold-{self.name}",
            "title": self.title,
            "tags": ["california-gold"],
            "editable": False,
            "refresh": "30s",
            "schemaVersion": _SCHEMA_VERSION,
            "time": {"from": "now-3h", "to": "now"},
            "templating": {"list": [_datasource_variable(), _service_variable()]},
            "links": [
                {"type": "dashboards", "tags": ["california-gold"], "title": "California Gold", "keepTime": True}
            ],
            "panels": [_panel(panel, number) for number, panel in enumerate(self.panels)],
        }


def _panel(panel: Panel, number: int) -> Mapping[str, Any]:
    row, column = divmod(number, _COLUMNS // _WIDTH)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _DATASOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"]}},
        "targets": [_target(query, letter) for query, letter in zip(panel.queries, "ABCDEFGH", strict=False)],
    }


def _target(query: Query, letter: str) -> Mapping[str, Any]:
    return {"refId": letter, "datasource": _DATASOURCE, "expr": query.expression, "legendFormat": query.legend}


def _datasource_variable() -> Mapping[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _service_variable() -> Mapping[str, Any]:
    query = "label_values(california_gold_ready, app_kubernetes_io_name)"
    return {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": _DATASOURCE,
        "query": {"query": query, "refId": "service"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
