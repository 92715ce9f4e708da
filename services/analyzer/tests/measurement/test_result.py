import pytest
from pydantic import ValidationError

from analyzer.domain.result import Metric, Position, Summary


def test_lengths_keep_three_decimals_and_shares_six():
    assert Position(x=1.23456, y=-0.0001, z=2).model_dump_json() == '{"x":1.235,"y":0.0,"z":2.0}'
    summary = Summary(total_volume=1 / 3, lesions_count=1, confidence=1 / 3)
    assert (summary.total_volume, summary.confidence) == (0.333, 0.333333)


def test_a_share_above_one_by_a_rounding_error_is_one():
    assert Summary(total_volume=1, lesions_count=1, confidence=1.0000000001).confidence == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(value: float):
    with pytest.raises(ValidationError):
        Metric(name="dice_score", value=value)
    with pytest.raises(ValidationError):
        Position(x=value, y=0, z=0)


def test_counts_are_serialised_as_integers():
    assert Metric(name="lesion_true_positives", value=3).model_dump_json().endswith('"value":3,"unit":"1"}')
