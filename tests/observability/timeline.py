"""A timeline for promtool: what two scrapes differ in, stretched over simulated time, and the alerts that it fires.

For twenty minutes the first scrape is repeated; then, each minute, what was counted between the two happens again, and
other values stay as the second scrape has them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.observability.promtool import promtool
from tests.observability.samples import Samples, Series
from tools.yaml_documents import parsed

RULES = Path(__file__).parents[2] / "observability" / "alerts.yaml"
_QUIET_MINUTES, _FAULT_MINUTES = 20, 60
_EVALUATIONS = 2
"""Alerts are evaluated once a minute, and fire within so many evaluations, after the time that they wait (`for`)."""
_FIRING = 'max by (alertname) (ALERTS{alertstate="firing"})'


def rules() -> Mapping[str, Mapping[str, Any]]:
    """Return each alert, by its name."""
    groups = parsed(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def expect_alert(alert: str, before: Samples, after: Samples, folder: Path) -> None:
    """Fail unless this alert fires in time and goes on firing, no other one does, and none did before."""
    waits = int(rules()[alert].get("for", "0m").removesuffix("m"))
    fired = _QUIET_MINUTES + waits + _EVALUATIONS
    _test(before, after, {_QUIET_MINUTES - 1: (), fired: (alert,), _QUIET_MINUTES + _FAULT_MINUTES: (alert,)}, folder)


def expect_quiet(before: Samples, after: Samples, folder: Path) -> None:
    """Fail if any alert fires in an hour in which each minute is as the one between these scrapes."""
    _test(before, after, dict.fromkeys(range(_QUIET_MINUTES + _FAULT_MINUTES), ()), folder)


def _test(before: Samples, after: Samples, expected: Mapping[int, tuple[str, ...]], folder: Path) -> None:
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in _input_series(before, after)],
        "promql_expr_test": [_expectation(minute, alerts) for minute, alerts in expected.items()],
    }
    file = folder / "alerts_test.yaml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}), encoding="utf-8"
    )
    promtool("test", "rules", file)


def _expectation(minute: int, alerts: tuple[str, ...]) -> Mapping[str, Any]:
    samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in alerts]
    return {"expr": _FIRING, "eval_time": f"{minute}m", "exp_samples": samples}


def _input_series(before: Samples, after: Samples) -> Iterator[tuple[str, str]]:
    text = RULES.read_text(encoding="utf-8")
    for each in {**before.values, **after.values}:
        if each[0] not in text:
            continue  # no rule looks at it
        quiet, faulty = before.values.get(each), after.values.get(each)
        first = f"_x{_QUIET_MINUTES}" if quiet is None else f"{quiet}+0x{_QUIET_MINUTES - 1}"
        step = _counted(quiet or 0, faulty or 0) if each in before.cumulative | after.cumulative else 0
        second = "stale" if faulty is None else f"{faulty}+{step}x{_FAULT_MINUTES}"
        yield _notation(each), f"{first} {second}"


def _counted(before: float, after: float) -> float:
    """Return what a counter has counted. One that has fallen is of a process that was started in between."""
    return after - before if after >= before else after


def _notation(series: Series) -> str:
    name, labels = series
    selectors = ", ".join(f'{label}="{_escaped(value)}"' for label, value in sorted(labels))
    return f"{name}{{{selectors}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
