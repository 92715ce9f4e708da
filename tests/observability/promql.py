"""What a PromQL expression asks for: its series, the labels that it selects them by, and those of its result."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

import promql_parser

_OF_GRAFANA = {"$__rate_interval": "5m"}
_COMPUTED = {"le", "figure"}
"""Labels that functions of an expression use up or add."""


@dataclass(frozen=True)
class Selector:
    """A series that an expression selects: its name, and what its labels must be. Patterns are left out."""

    name: str
    labels: frozenset[str]
    equal: frozenset[tuple[str, str]]


def parsed(expression: str) -> Any:
    """Return the expression as a tree. Raises `ValueError`."""
    for variable, value in _OF_GRAFANA.items():
        expression = expression.replace(variable, value)
    return promql_parser.parse(expression)


def selectors(node: Any) -> Iterator[Selector]:
    """Yield every selector of a tree."""
    for each in _nodes(node):
        if isinstance(each, promql_parser.VectorSelector):
            matchers = each.matchers.matchers
            equal = frozenset(
                (matcher.name, matcher.value) for matcher in matchers if str(matcher.op).endswith("Equal")
            )
            yield Selector(str(each.name), frozenset(matcher.name for matcher in matchers), equal)


def grouping_labels(node: Any) -> Set[str]:
    """Return the labels by which a tree aggregates or matches."""
    found: set[str] = set()
    for each in _nodes(node):
        modifier = getattr(each, "modifier", None)
        if isinstance(each, promql_parser.AggregateExpr) and modifier is not None:
            found |= set(modifier.labels)
    return found - _COMPUTED


def template_labels(template: str) -> Set[str]:
    """Return the labels that a legend or the summary of an alert names."""
    return set(re.findall(r"{{(?: \$labels\.)?(\w+) ?}}", template))


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    children = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector")]
    for child in (*children, *getattr(node, "args", ())):
        if child is not None:
            yield from _nodes(child)
