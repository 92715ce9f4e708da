"""Plans that MongoDB explains for a query, in the forms of its versions and engines."""

import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
_KEY = re.compile(r"'?([\w.]+)'?: (-?1)\b")


def stages(explained: Json) -> list[Json]:
    """Return the stages of the winning plan from the last to the first; the slot-based engine nests them deeper."""
    plan = explained["queryPlanner"]["winningPlan"]
    return _stages(plan.get("queryPlan", plan))


def index_scans(stages: list[Json]) -> list[Json]:
    """Return the stages that read the collection. Fail when one reads all of it, or none is known."""
    scans = [stage for stage in stages if stage["stage"].endswith(("SCAN", "IDHACK"))]
    assert scans, f"no known scan: {stages}"
    assert not [scan for scan in scans if scan["stage"] == "COLLSCAN"], f"the whole collection is read: {stages}"
    return scans


def key_pattern(scan: Json) -> Mapping[str, int]:
    """Return keys and directions of the index that is read. MongoDB 8 has it as text in plans of a single document."""
    pattern = scan.get("keyPattern", {"_id": 1})
    if isinstance(pattern, str):
        return {key: int(direction) for key, direction in _KEY.findall(pattern)}
    return pattern


def has_order(pattern: Mapping[str, int], query: Json, sort: Mapping[str, int]) -> bool:
    """Return whether an index has the order: the sort keys, or all reversed, follow the keys compared for equality."""
    equal = {key for key, value in query.items() if not isinstance(value, dict)}
    remaining = [(key, direction) for key, direction in pattern.items() if key not in equal]
    wanted = list(sort.items())
    return wanted in ([], remaining[: len(wanted)], [(key, -direction) for key, direction in remaining[: len(wanted)]])


def _stages(plan: Json) -> list[Json]:
    return [plan, *(stage for inner in (plan.get("inputStage"),) if inner for stage in _stages(inner))]
