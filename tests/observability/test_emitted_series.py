"""Alerts and dashboards ask for series that the product emits; alerts whose fault is dear to make are tried on them.

The names and labels of their series are those of a running product, the values of the fault are simulated.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.observability.conftest import WatchedProduct
from tests.observability.promql import Selector, grouping_labels, parsed, selectors, template_labels
from tests.observability.promtool import promtool
from tests.observability.samples import Samples, series
from tests.observability.timeline import RULES, expect_alert, rules

ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / "observability" / "dashboards").glob("*.json"))
OF_THE_CLUSTER = "kube_"
"""Begin of the names of kube-state-metrics' series."""
Change: TypeAlias = Callable[[Samples], Samples]
_P = "california_gold_"


def _queries() -> Iterator[tuple[str, str]]:
    """Yield each expression of an alert and of a dashboard, with what is shown of its result."""
    for rule in rules().values():
        yield rule["expr"], " ".join(rule["annotations"].values())
    for file in DASHBOARDS:
        for panel in json.loads(file.read_bytes())["panels"]:
            yield from ((target["expr"], target["legendFormat"]) for target in panel["targets"])


def test_each_query_asks_for_series_and_labels_that_the_product_emits(watched: WatchedProduct) -> None:
    for expression, shown in _queries():
        tree = parsed(expression)
        ours = [each for each in selectors(tree) if not each.name.startswith(OF_THE_CLUSTER)]
        labels = {label for each in ours for label in _labels(watched.after, each)}
        for selector in ours:
            assert selector.labels <= _labels(watched.after, selector), expression
        if ours:
            assert grouping_labels(tree) <= labels, expression
            assert template_labels(shown) - {"figure", "value"} <= (grouping_labels(tree) or labels), expression


def test_a_series_or_a_label_that_nobody_emits_is_noticed(watched: WatchedProduct) -> None:
    for wrong in (f"{_P}no_such", f'{_P}store_up{{store="nowhere"}}'):
        (selector,) = selectors(parsed(wrong))
        assert not _labels(watched.after, selector)


def _labels(samples: Samples, selector: Selector) -> set[str]:
    """Return the labels of the series that a selector finds, by its equalities that concern a kind of the product."""
    equal = {label: value for label, value in selector.equal if label not in {"reason", "status"}}
    return {label for each in samples.matching(selector.name, **equal) for label in dict(each[1])}


def _slow(samples: Samples) -> Samples:
    """Every read of the list of jobs takes more than five seconds."""
    route = {"method": "GET", "route": "/jobs"}
    slow = {
        each: samples.values[each] + 10
        for each in samples.matching(f"{_P}request_seconds_bucket", **route)
        if float(dict(each[1])["le"]) > 5
    }
    assert slow
    return replace(samples, values={**samples.values, **slow})


def _failing_analyses(samples: Samples) -> Samples:
    ended = samples.changed(f"{_P}jobs_ended_last_hour", 6, status="failed")
    assert ended.matching(f"{_P}jobs_failed_last_hour", reason="NO_IMAGE")
    return replace(ended, values={**ended.values, series(f"{_P}jobs_failed_last_hour", reason="INTERNAL"): 5})


def _restarting(samples: Samples) -> Samples:
    (started,) = samples.matching("process_start_time_seconds")
    later = samples.changed("process_start_time_seconds", samples.values[started] + 60)
    return replace(later, cumulative=later.cumulative | {started})


def _at_maximum(samples: Samples) -> Samples:
    scaler = {"horizontalpodautoscaler": "storage"}
    current = series("kube_horizontalpodautoscaler_status_current_replicas", **scaler)
    most = series("kube_horizontalpodautoscaler_spec_max_replicas", **scaler)
    return replace(samples, values={**samples.values, current: 5, most: 5})


SIMULATED: Mapping[str, Change] = {
    "RequestsSlow": _slow,
    "ConsumerFallsBehind": lambda now: now.changed(f"{_P}consumer_lag_events", 5000, group="jobs-query"),
    "EventWaits": lambda now: now.changed(f"{_P}consumer_oldest_event_seconds", 600, group="storage"),
    "AnalysesWait": lambda now: now.changed(f"{_P}consumer_lag_events", 200, group="analyzer"),
    "AnalysesFail": _failing_analyses,
    "RelayDelayed": lambda now: now.changed(f"{_P}relay_delay_seconds", 120, topic="california-gold.jobs"),
    "StoreSlow": lambda now: now.changed(f"{_P}store_probe_seconds", 3, store="events"),
    "SecurityLogWaits": lambda now: now.changed(f"{_P}security_log_lost_entries", 1),
    "NothingMeasured": lambda _: Samples({}),
    "FiguresMissing": lambda now: now.without(f"{_P}consumer_parked_events"),
    "ProcessNotReady": lambda now: now.changed(f"{_P}ready", 0),
    "ProcessRestarts": _restarting,
    "ScalerAtMaximum": _at_maximum,
}


@pytest.mark.parametrize("alert", SIMULATED)
def test_a_simulated_fault_fires_its_alert_and_no_other(alert: str, watched: WatchedProduct, tmp_path: Path) -> None:
    expect_alert(f"CaliforniaGold{alert}", watched.before, SIMULATED[alert](watched.before), tmp_path)


def test_every_alert_has_a_fault_that_fires_it() -> None:
    made = re.findall(r'expect_alert\("(\w+)"', (Path(__file__).parent / "test_faults.py").read_text(encoding="utf-8"))

    assert sorted([*made, *(f"CaliforniaGold{alert}" for alert in SIMULATED)]) == sorted(rules())


@pytest.mark.usefixtures("watched")
def test_prometheus_accepts_the_rules() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", RULES)


def test_dashboards_are_what_grafana_reads() -> None:
    documents: list[Any] = [json.loads(file.read_bytes()) for file in DASHBOARDS]
    assert len({document["uid"] for document in documents}) == len(documents) == 3
    for document in documents:
        variables = {variable["name"] for variable in document["templating"]["list"]}
        for panel in document["panels"]:
            assert panel["title"]
            assert panel["description"]
            assert set(re.findall(r"\$\{?(\w+)", json.dumps(panel))) <= {*variables, "__rate_interval"}
        places = [tuple(panel["gridPos"].values()) for panel in document["panels"]]
        assert len(set(places)) == len(places)
