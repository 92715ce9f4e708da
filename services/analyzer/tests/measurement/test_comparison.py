from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analyzer.domain.result import Metric
from analyzer.domain.volume import Volume
from analyzer.measurement.comparison import compare

MakeVolume = Callable[..., Volume]
Offset = tuple[int, int, int]
masks = arrays(np.bool_, (4, 5, 6)).filter(lambda mask: bool(mask.any()))


@dataclass(frozen=True)
class Block:
    offset: Offset
    mask: NDArray[np.bool_]


def block(offset: Offset, *shape: int) -> Block:
    return Block(offset, np.ones(shape, dtype=np.bool_))


def grid() -> Volume:
    heights = np.arange(12.0)
    origins = np.stack([heights * 0, heights * 0, heights], axis=1)
    return Volume(np.zeros((12, 12, 12), dtype=np.int16), np.eye(3)[0], np.eye(3)[1], origins, (1.0, 1.0), "CT")


@pytest.fixture
def volume(make_volume: MakeVolume) -> Volume:
    return make_volume(np.zeros((12, 12, 12), dtype=np.int16))


def values(metrics: Sequence[Metric]) -> dict[str, float]:
    return {each.name: each.value for each in metrics}


def test_without_a_reference_there_are_no_metrics(volume: Volume):
    assert compare(volume, [block((1, 1, 1), 2, 2, 2)], []) == []


def test_equal_regions_have_a_dice_of_one(volume: Volume):
    same = block((1, 1, 1), 3, 3, 3)
    assert values(compare(volume, [same], [same])) == {
        "dice_score": 1.0,
        "hausdorff95_mm": 0.0,
        "volume_error_percent": 0.0,
        "reference_volume_mm3": 27.0,
        "lesion_true_positives": 1,
        "lesion_false_positives": 0,
        "lesion_false_negatives": 0,
    }


def test_the_metrics_of_a_larger_region_equal_their_analytic_values(volume: Volume):
    metrics = values(compare(volume, [block((2, 2, 2), 2, 2, 6)], [block((2, 2, 2), 2, 2, 4)]))
    assert metrics["dice_score"] == pytest.approx(2 * 16 / (24 + 16), abs=1e-6)
    assert metrics["volume_error_percent"] == pytest.approx(50)


def test_a_smaller_region_has_a_negative_volume_error(volume: Volume):
    metrics = values(compare(volume, [block((2, 2, 2), 1, 1, 1)], [block((2, 2, 2), 1, 1, 4)]))
    assert metrics["volume_error_percent"] == pytest.approx(-75)


def test_without_findings_dice_is_zero_and_the_distance_is_absent(volume: Volume):
    metrics = values(compare(volume, [], [block((2, 2, 2), 2, 2, 2)]))
    assert metrics["dice_score"] == 0
    assert metrics["volume_error_percent"] == -100
    assert metrics["lesion_false_negatives"] == 1
    assert "hausdorff95_mm" not in metrics


def test_overlapping_findings_are_not_counted_twice(volume: Volume):
    halves = [block((2, 2, 2), 2, 2, 3), block((2, 2, 3), 2, 2, 3)]
    assert values(compare(volume, halves, [block((2, 2, 2), 2, 2, 4)]))["dice_score"] == 1


def test_the_background_of_one_box_does_not_erase_another_region(volume: Volume):
    framed = np.zeros((2, 2, 6), dtype=np.bool_)
    framed[:, :, 5] = True
    found = [block((2, 2, 2), 2, 2, 2), Block((2, 2, 2), framed)]
    metrics = values(compare(volume, found, [block((2, 2, 2), 2, 2, 2), block((2, 2, 7), 2, 2, 1)]))
    assert metrics["dice_score"] == 1


def test_slices_are_weighted_by_their_thickness(make_volume: MakeVolume):
    volume = make_volume(np.zeros((4, 3, 3), dtype=np.int16), positions=[0, 1, 2, 12])
    metrics = values(compare(volume, [block((1, 1, 1), 2, 1, 1)], [block((1, 1, 1), 1, 1, 1)]))
    assert metrics["dice_score"] == pytest.approx(2 * 1.0 / (1.0 + 5.5 + 1.0), abs=1e-6)


def test_surface_distances_are_in_patient_coordinates(make_volume: MakeVolume):
    volume = make_volume(np.zeros((4, 9, 9), dtype=np.int16), spacing=(0.5, 2.0), positions=[0, 1, 2, 12])
    here = block((2, 1, 1), 1, 1, 1)
    distances = {
        name: values(compare(volume, [block(offset, 1, 1, 1)], [here]))["hausdorff95_mm"]
        for name, offset in {"column": (2, 1, 5), "row": (2, 3, 1), "slice": (3, 1, 1), "both": (2, 3, 7)}.items()
    }
    assert distances == {"column": 2.0, "row": 4.0, "slice": 10.0, "both": 5.0}


def test_outliers_of_a_twentieth_of_the_surface_do_not_change_hd95(make_volume: MakeVolume):
    volume = make_volume(np.zeros((3, 60, 60), dtype=np.int16))
    sheet = np.ones((1, 25, 4), dtype=np.bool_)
    speckled = np.zeros((1, 25, 40), dtype=np.bool_)
    speckled[:, :, :4] = sheet
    outlier_counts = {4: 0.0, 8: 30.0}
    for count, minimum in outlier_counts.items():
        with_outliers = speckled.copy()
        with_outliers[0, :count, 36] = True
        metrics = values(compare(volume, [Block((1, 1, 1), with_outliers)], [Block((1, 1, 1), sheet)]))
        assert (metrics["hausdorff95_mm"] > minimum) == bool(minimum)


def test_interior_voxels_do_not_change_the_distance(volume: Volume):
    shell = np.ones((5, 5, 5), dtype=np.bool_)
    shell[1:4, 1:4, 1:4] = False
    metrics = values(compare(volume, [Block((1, 1, 1), shell)], [block((1, 1, 1), 5, 5, 5)]))
    assert metrics["hausdorff95_mm"] == 0
    assert metrics["dice_score"] == pytest.approx(2 * 98 / (98 + 125), abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(masks, masks)
def test_dice_and_distance_are_symmetric(one: NDArray[np.bool_], other: NDArray[np.bool_]):
    first, second = Block((1, 2, 3), one), Block((4, 2, 5), other)
    there, back = values(compare(grid(), [first], [second])), values(compare(grid(), [second], [first]))
    assert there["dice_score"] == back["dice_score"]
    assert there["hausdorff95_mm"] == back["hausdorff95_mm"]
    assert 0 <= there["dice_score"] <= 1


@settings(deadline=None, max_examples=50)
@given(masks, masks)
def test_dice_equals_that_of_the_complete_arrays(one: NDArray[np.bool_], other: NDArray[np.bool_]):
    whole = np.zeros((2, 12, 12, 12), dtype=np.bool_)
    whole[0, 1:5, 2:7, 3:9], whole[1, 3:7, 1:6, 4:10] = one, other
    metrics = values(compare(grid(), [Block((1, 2, 3), one)], [Block((3, 1, 4), other)]))
    expected = 2 * np.count_nonzero(whole[0] & whole[1]) / (np.count_nonzero(whole[0]) + np.count_nonzero(whole[1]))
    assert metrics["dice_score"] == pytest.approx(expected, abs=1e-6)
