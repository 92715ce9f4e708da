"""Plans as MongoDB's engines explain them, cut down to what is read of them."""

from typing import Any

import pytest

from tests.servers.query_plans import has_order, index_scans, key_pattern, stages

PATTERN = {"keys.owner": 1, "keys.number": 1, "_id": 1}
SCAN = {"stage": "IXSCAN", "keyPattern": PATTERN, "indexName": "owner_number", "direction": "backward"}
CLASSIC = {"stage": "FETCH", "inputStage": SCAN}
BY_ID = {"stage": "EXPRESS_IXSCAN", "keyPattern": "{ _id: 1 }", "indexName": "_id_"}


def explained(plan: dict[str, Any]) -> dict[str, Any]:
    return {"explainVersion": "1", "queryPlanner": {"namespace": "a.b", "winningPlan": plan, "rejectedPlans": []}}


@pytest.mark.parametrize("plan", [CLASSIC, {"queryPlan": CLASSIC, "slotBasedPlan": {"stages": "[2] nlj …"}}])
def test_an_index_scan_is_found_in_the_plans_of_both_engines(plan: dict[str, Any]) -> None:
    assert [stage["stage"] for stage in stages(explained(plan))] == ["FETCH", "IXSCAN"]
    assert key_pattern(index_scans(stages(explained(plan)))[0]) == PATTERN


@pytest.mark.parametrize("plan", [BY_ID, {"stage": "IDHACK"}])
def test_a_query_by_id_reads_the_index_of_ids(plan: dict[str, Any]) -> None:
    assert key_pattern(index_scans(stages(explained(plan)))[0]) == {"_id": 1}


def test_a_key_pattern_in_text_has_names_and_directions() -> None:
    assert key_pattern({"keyPattern": "{ keys.owner: 1, keys.number: -1, _id: 1 }"}) == {
        "keys.owner": 1,
        "keys.number": -1,
        "_id": 1,
    }


@pytest.mark.parametrize("plan", [{"stage": "COLLSCAN"}, {"stage": "SORT", "inputStage": {"stage": "COLLSCAN"}}, {}])
def test_a_plan_without_an_index_fails(plan: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        index_scans(stages(explained(plan)))


@pytest.mark.parametrize(
    ("query", "sort", "expected"),
    [
        ({"keys.owner": "x"}, {"keys.number": 1, "_id": 1}, True),
        ({"keys.owner": "x"}, {"keys.number": -1, "_id": -1}, True),
        ({"keys.owner": "x"}, {"keys.number": 1, "_id": -1}, False),
        ({}, {"keys.number": 1}, False),
        ({"keys.owner": {"$in": ["x", "y"]}}, {"keys.number": 1}, False),
        ({"keys.owner": "x"}, {}, True),
    ],
)
def test_an_index_has_an_order_when_the_sort_keys_follow_the_equal_ones(
    query: dict[str, Any], sort: dict[str, int], expected: bool
) -> None:
    assert has_order(PATTERN, query, sort) is expected
