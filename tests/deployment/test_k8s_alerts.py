"""What Prometheus collects, and the alerts on it."""

import re
from pathlib import Path
from typing import Any

import promql_parser

from tests.deployment.k8s_manifests import COMPONENT, Manifests, pod_labels

ROOT = Path(__file__).parents[2]


def test_the_metrics_of_every_process_are_scraped(production: Manifests) -> None:
    monitor = production.named("PodMonitor", "california-gold")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    (components,) = monitor["selector"]["matchExpressions"]

    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert components["key"] == COMPONENT
    for deployment in production.scraped():
        assert monitor["selector"]["matchLabels"].items() <= pod_labels(deployment).items()
        assert pod_labels(deployment)[COMPONENT] in components["values"]


def test_alerts_use_existing_metrics(production: Manifests) -> None:
    requested = set(re.findall(r"california_gold_(\w+)", " ".join(rule["expr"] for rule in _rules(production))))

    assert requested == {"consumer_lag_events", "consumer_parked_events", "relay_delay_seconds", "requests_total"}
    for name in requested:
        assert f'"{name}"' in _code() or f'{{_PREFIX}}{name.removesuffix("_total")}"' in _code()


def test_every_expression_is_promql(production: Manifests) -> None:
    for rule in _rules(production):
        promql_parser.parse(rule["expr"])


def test_every_alert_says_what_it_is_and_where_to_read_what_to_do(production: Manifests) -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", operations, re.MULTILINE)}
    alerts = {rule["alert"].lower() for rule in _rules(production)}

    assert alerts == {heading for heading in headings if heading.startswith("californiagold")}
    for rule in _rules(production):
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
        assert rule["annotations"]["runbook_url"].endswith(f"/operations.md#{rule['alert'].lower()}")


def test_probes_count_neither_as_requests_nor_as_failures(production: Manifests) -> None:
    (failing,) = [rule["expr"] for rule in _rules(production) if rule["alert"] == "CaliforniaGoldRequestsFail"]
    excluded = re.findall(r'route!~"([^"]+)"', failing)

    assert len(excluded) == failing.count("california_gold_requests_total") == 2
    for pattern in excluded:
        assert all(re.fullmatch(pattern, path) for path in ("/live", "/ready", "/metrics"))
        assert not re.fullmatch(pattern, "/jobs/{job_id}")


def test_an_alert_fires_when_there_is_nothing_to_measure(production: Manifests) -> None:
    expressions = {rule["alert"]: rule["expr"] for rule in _rules(production)}

    assert expressions["CaliforniaGoldNothingMeasured"].startswith("absent(up{")
    assert expressions["CaliforniaGoldProcessNotMeasured"].endswith("== 0")


def test_an_alert_fires_when_a_scaler_can_add_no_more(production: Manifests) -> None:
    (expression,) = [rule["expr"] for rule in _rules(production) if rule["alert"] == "CaliforniaGoldScalerAtMaximum"]

    assert re.search(r"current_replicas\{.*\}\s*>= kube_horizontalpodautoscaler_spec_max_replicas", expression)


def _rules(production: Manifests) -> list[dict[str, Any]]:
    groups = production.named("PrometheusRule", "california-gold")["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _code() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (ROOT / "chassis" / "src" / "chassis").rglob("*.py"))
