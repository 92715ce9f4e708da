from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.measurement.lesion_matching import LesionCounts, match_lesions

Offset = tuple[int, int, int]


@dataclass(frozen=True)
class Block:
    offset: Offset
    mask: NDArray[np.bool_]


def block(offset: Offset, *shape: int) -> Block:
    return Block(offset, np.ones(shape, dtype=np.bool_))


def reference(*parts: Block) -> NDArray[np.bool_]:
    mask = np.zeros((20, 20, 20), dtype=np.bool_)
    for each in parts:
        (z, y, x), (slices, rows, columns) = each.offset, each.mask.shape
        mask[z : z + slices, y : y + rows, x : x + columns] |= each.mask
    return mask


ONE = block((2, 2, 2), 3, 3, 3)
TWO = block((10, 10, 10), 3, 3, 3)
ELSEWHERE = block((10, 2, 2), 3, 3, 3)


def test_true_positives_false_positives_and_false_negatives_are_counted():
    assert match_lesions([ONE, ELSEWHERE], reference(ONE, TWO), (0, 0, 0)) == LesionCounts(1, 1, 1)


def test_connected_components_of_a_reference_are_separate_lesions():
    assert match_lesions([ONE, TWO], reference(ONE, TWO), (0, 0, 0)) == LesionCounts(2, 0, 0)


def test_voxels_that_share_a_corner_are_one_lesion():
    corner = reference(block((2, 2, 2), 2, 2, 2), block((4, 4, 4), 2, 2, 2))
    assert match_lesions([block((2, 2, 2), 4, 4, 4)], corner, (0, 0, 0)) == LesionCounts(1, 0, 0)


def test_an_iou_below_a_tenth_is_not_a_match():
    barely = block((4, 4, 4), 3, 3, 3)
    assert match_lesions([barely], reference(ONE), (0, 0, 0)) == LesionCounts(0, 1, 1)


def test_an_iou_of_a_tenth_is_a_match():
    exactly = block((2, 2, 2), 1, 1, 10)
    assert match_lesions([exactly], reference(block((2, 2, 2), 1, 1, 1)), (0, 0, 0)) == LesionCounts(1, 0, 0)
    beyond = block((2, 2, 2), 1, 1, 11)
    assert match_lesions([beyond], reference(block((2, 2, 2), 1, 1, 1)), (0, 0, 0)) == LesionCounts(0, 1, 1)


def test_two_findings_on_one_lesion_are_one_true_and_one_false_positive():
    halves = [block((2, 2, 2), 3, 3, 1), block((2, 2, 3), 3, 3, 2)]
    assert match_lesions(halves, reference(ONE), (0, 0, 0)) == LesionCounts(1, 1, 0)


def test_one_finding_on_two_lesions_is_one_true_positive_and_one_false_negative():
    both = block((2, 2, 2), 3, 3, 9)
    near = [block((2, 2, 2), 3, 3, 3), block((2, 2, 8), 3, 3, 3)]
    assert match_lesions([both], reference(*near), (0, 0, 0)) == LesionCounts(1, 0, 1)


def test_the_pair_with_the_highest_iou_is_matched_first():
    wide, beside = block((2, 2, 2), 3, 3, 5), block((2, 2, 0), 3, 3, 3)
    two = reference(ONE, block((2, 2, 6), 3, 3, 1))
    assert match_lesions([wide, beside], two, (0, 0, 0)) == LesionCounts(1, 1, 1)


def test_the_offset_of_the_reference_box_is_respected():
    assert match_lesions([ONE], np.ones((3, 3, 3), dtype=np.bool_), (2, 2, 2)) == LesionCounts(1, 0, 0)
