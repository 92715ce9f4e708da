"""What Prometheus collects, and the alerts on it."""

import re
from pathlib import Path
from typing import Any

from tests.deployment.k8s_manifests import COMPONENT, Manifests, pod_labels
from tools.yaml_documents import parsed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "observability"


def test_the_metrics_of_every_process_are_scraped(production: Manifests) -> None:
    monitor = production.named("PodMonitor", "california-gold")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    (components,) = monitor["selector"]["matchExpressions"]

    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert components["key"] == COMPONENT
    for deployment in production.scraped():
        assert monitor["selector"]["matchLabels"].items() <= pod_labels(deployment).items()
        assert pod_labels(deployment)[COMPONENT] in components["values"]


def test_the_cluster_has_the_alerts_of_any_prometheus(production: Manifests) -> None:
    assert production.named("PrometheusRule", "california-gold")["spec"]["groups"] == _groups()


def test_grafana_finds_every_dashboard_by_its_label(production: Manifests) -> None:
    dashboards = [each for each in production.of("ConfigMap") if "grafana_dashboard" in each["metadata"]["labels"]]
    texts = {name: text for each in dashboards for name, text in each["data"].items()}

    assert texts == {file.name: file.read_text(encoding="utf-8") for file in (FOLDER / "dashboards").glob("*.json")}


def test_every_alert_says_what_it_is_and_where_to_read_what_to_do() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^### (CaliforniaGold\w+)\n(.*?)\n(?=#)", operations, re.MULTILINE | re.DOTALL))

    assert {rule["alert"] for rule in _rules()} == set(entries) != set()
    for rule in _rules():
        assert rule["for"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
        assert rule["annotations"]["runbook_url"].endswith(f"/operations.md#{rule['alert'].lower()}")
    for entry in entries.values():
        assert re.findall(r"^- \*\*([\w ]+)\*\*: ", entry, re.MULTILINE) == ["Seen", "Means", "Do", "Helped when"]


def test_probes_count_neither_as_requests_nor_as_failures() -> None:
    for expression in [rule["expr"] for rule in _rules() if "california_gold_request" in rule["expr"]]:
        for selector in re.findall(r"california_gold_request\w+{([^}]*)}", expression):
            (operator, pattern) = re.findall(r'route(=~|!~|=)"([^"]+)"', selector)[0]
            for path in ("/live", "/ready", "/health", "/metrics"):
                assert bool(re.fullmatch(pattern, path)) == (operator == "!~")
            if operator == "!~":
                assert not re.fullmatch(pattern, "/jobs/{job_id}")


def test_an_alert_fires_when_there_is_nothing_to_measure() -> None:
    expressions = {rule["alert"]: rule["expr"] for rule in _rules()}

    assert expressions["CaliforniaGoldNothingMeasured"].startswith("absent(up{")
    assert expressions["CaliforniaGoldProcessNotMeasured"].endswith("== 0")
    assert "absent(california_gold_store_up)" in expressions["CaliforniaGoldFiguresMissing"]


def _groups() -> list[dict[str, Any]]:
    return parsed((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]


def _rules() -> list[dict[str, Any]]:
    return [rule for group in _groups() for rule in group["rules"]]
