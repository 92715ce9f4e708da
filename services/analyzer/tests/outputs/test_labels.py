from dataclasses import replace

import numpy as np

from analyzer.detection.segmenter import Candidate
from analyzer.outputs.labels import label_map

BALL = Candidate((2, 2, 2), np.ones((4, 4, 4), bool), "supplied")
CORE = Candidate((3, 3, 3), np.ones((2, 2, 2), bool), "supplied")


def test_each_candidate_is_labelled_with_its_number() -> None:
    distant = replace(CORE, offset=(7, 7, 7))
    labels, overlap = label_map((10, 10, 10), [BALL, distant])
    assert not overlap
    assert (labels[2:6, 2:6, 2:6] == 1).all()
    assert (labels[7:9, 7:9, 7:9] == 2).all()
    assert np.bincount(labels.ravel()).tolist() == [1000 - 64 - 8, 64, 8]


def test_a_small_region_inside_a_large_one_is_labelled_and_reported_as_overlap() -> None:
    labels, overlap = label_map((10, 10, 10), [BALL, CORE])
    assert overlap
    assert np.bincount(labels.ravel())[1:].tolist() == [64 - 8, 8]


def test_a_lesion_takes_precedence_over_a_structure() -> None:
    labels, _ = label_map((10, 10, 10), [CORE, replace(BALL, type="structure")])
    assert np.bincount(labels.ravel())[1:].tolist() == [8, 64 - 8]


def test_overlapping_boxes_without_common_voxels_keep_their_labels() -> None:
    corner = np.zeros((4, 4, 4), bool)
    corner[0, 0, 0] = True
    labels, overlap = label_map((10, 10, 10), [CORE, replace(BALL, mask=corner)])
    assert not overlap
    assert np.count_nonzero(labels == 1) == 8
