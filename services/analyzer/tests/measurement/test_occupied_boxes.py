import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.measurement import occupied_boxes as module
from analyzer.measurement.occupied_boxes import occupied_boxes

Mask = NDArray[np.bool_]
TOUCHING = np.ones((3, 3, 3))


def test_distant_regions_have_separate_tight_boxes():
    mask = np.zeros((60, 60, 60), dtype=np.bool_)
    mask[2:38, 3:39, 4:40] = True
    mask[50:52, 5, 5] = True
    boxes = sorted(tuple((side.start, side.stop) for side in box) for box in occupied_boxes(mask))
    assert boxes[0] == ((2, 38), (3, 39), (4, 40))
    assert boxes[1][0] == (50, 52)


def test_an_empty_mask_has_no_boxes():
    assert occupied_boxes(np.zeros((60, 60, 60), dtype=np.bool_)) == []
    assert occupied_boxes(np.zeros((2, 2, 2), dtype=np.bool_)) == []


@settings(deadline=None, max_examples=100)
@given(arrays(np.bool_, (4, 5, 6), elements=st.sampled_from([False, False, False, True])))
def test_boxes_cover_the_mask_and_split_no_connected_component(mask: Mask):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MIN_SPLIT_VOXELS", 0)
        boxes = occupied_boxes(mask)
    covered = np.zeros(mask.shape, dtype=int)
    for box in boxes:
        covered[box] += 1
    assert covered.max(initial=0) <= 1
    assert not np.any(mask & (covered == 0))
    labels = np.zeros(mask.shape, dtype=np.int32)
    ndimage.label(mask, TOUCHING, output=labels)
    pieces = sum(len(np.unique(labels[box][mask[box]])) for box in boxes)
    assert pieces == labels.max()
