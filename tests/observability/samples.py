"""Samples of one scrape, labelled as Prometheus labels them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import httpx
from prometheus_client.parser import text_string_to_metric_families

Series: TypeAlias = tuple[str, frozenset[tuple[str, str]]]
TARGET = {
    "namespace": "california-gold",
    "container": "process",
    "pod": "california-gold-0",
    "app_kubernetes_io_name": "california-gold",
}
"""The labels that a target has by the PodMonitor, and by observability/prometheus.yaml."""
_CUMULATIVE = {"counter", "histogram"}


@dataclass(frozen=True)
class Samples:
    """The values of one scrape; `cumulative` are the series that only grow."""

    values: Mapping[Series, float]
    cumulative: frozenset[Series] = frozenset()

    def matching(self, name: str, **labels: str) -> list[Series]:
        """Return the series of a name that have some labels."""
        return [each for each in self.values if each[0] == name and labels.items() <= dict(each[1]).items()]

    def changed(self, name: str, value: float, **labels: str) -> "Samples":
        """Return the samples with another value of the series of a name. They must exist."""
        found = self.matching(name, **labels)
        assert found, f"the product emits no {name} with {labels}"
        return replace(self, values={**self.values, **dict.fromkeys(found, value)})

    def without(self, name: str) -> "Samples":
        """Return the samples without the series of a name."""
        found = self.matching(name)
        assert found, f"the product emits no {name}"
        return replace(self, values={series: value for series, value in self.values.items() if series not in found})


def scrape(url: str) -> Samples:
    """Scrape a process of the product. One that does not answer is a target that is not up."""
    try:
        text = httpx.get(f"{url}/metrics", timeout=10).raise_for_status().text
    except httpx.TransportError:
        return Samples({series("up"): 0})
    values: dict[Series, float] = {series("up"): 1}
    cumulative: set[Series] = set()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[series(sample.name, **sample.labels)] = sample.value
            if family.type in _CUMULATIVE:
                cumulative.add(series(sample.name, **sample.labels))
    return Samples(values, frozenset(cumulative))


def series(name: str, **labels: str) -> Series:
    """Return a series of the target."""
    return name, frozenset({**TARGET, **labels}.items())
