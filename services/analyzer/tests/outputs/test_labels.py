from dataclasses import replace

import numpy as np

from analyzer.detection.segmenter import Candidate
from analyzer.outputs.labels import label_map

BALL = Candidate((2, 2, 2), np.ones((4, 4, 4), bool), "supplied")
CORE = Candidate((3, 3, 3), np.ones((2, 2, 2), bool), "supplied")


def test_each_candidate_has_its_number_where_its_mask_is() -> None:
    apart = replace(CORE, offset=(7, 7, 7))
    labels, overlap = label_map((10, 10, 10), [BALL, apart])
    assert not overlap
    assert (labels[2:6, 2:6, 2:6] == 1).all()
    assert (labels[7:9, 7:9, 7:9] == 2).all()
    assert np.bincount(labels.ravel()).tolist() == [1000 - 64 - 8, 64, 8]


def test_a_small_region_within_a_large_one_is_seen_and_told() -> None:
    labels, overlap = label_map((10, 10, 10), [BALL, CORE])
    assert overlap
    assert np.bincount(labels.ravel())[1:].tolist() == [64 - 8, 8]


def test_a_lesion_is_not_hidden_by_a_structure_around_it() -> None:
    labels, _ = label_map((10, 10, 10), [CORE, replace(BALL, kind="structure")])
    assert np.bincount(labels.ravel())[1:].tolist() == [8, 64 - 8]


def test_neighbouring_boxes_do_not_erase_each_other() -> None:
    corner = np.zeros((4, 4, 4), bool)
    corner[0, 0, 0] = True
    labels, overlap = label_map((10, 10, 10), [CORE, replace(BALL, mask=corner)])
    assert not overlap
    assert np.count_nonzero(labels == 1) == 8
