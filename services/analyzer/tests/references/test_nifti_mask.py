from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from analyzer.domain.study import ReferenceFile, Series
from analyzer.domain.volume import Volume
from analyzer.references.interpret import interpret
from analyzer.references.nifti_mask import read_mask
from analyzer.references.segment import NOT_BINARY, OUTSIDE, SEVERAL_VOLUMES, ReferenceIgnored

Mask = NDArray[np.bool_]
Painted = Callable[..., Mask]


def as_volume(series: Series, mask: Mask, value: float = 1) -> Volume:
    return replace(series.volume, voxels=np.where(mask, value, 0).astype(np.float32), frame_of_reference="")


@pytest.mark.parametrize("value", [1, 255, 0.5, -1])
def test_a_binary_mask_becomes_a_lesion_with_the_same_voxels(
    series: Series, mask: Mask, painted: Painted, value: float
):
    [found] = interpret(ReferenceFile(nifti=as_volume(series, mask, value)), series)
    assert found.is_lesion
    assert np.array_equal(painted(found), mask)


def test_a_mask_with_several_labels_is_ignored(series: Series, mask: Mask):
    labels = as_volume(series, mask)
    labels.voxels[2, 3, 4] = 2
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(nifti=labels), series)
    assert ignored.value.warning == NOT_BINARY


@pytest.mark.parametrize(("of_mask", "of_image"), [(3, 1), (2, 3)])
def test_a_mask_of_another_number_of_volumes_is_ignored(series: Series, mask: Mask, of_mask: int, of_image: int):
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(nifti=as_volume(series, mask), volumes=of_mask), replace(series, volumes=of_image))
    assert ignored.value.warning == SEVERAL_VOLUMES


def test_a_mask_of_one_volume_or_as_many_as_the_image_is_used(series: Series, mask: Mask, painted: Painted):
    for volumes in (1, 3):
        reference = ReferenceFile(nifti=as_volume(series, mask), volumes=volumes)
        [found] = interpret(reference, replace(series, volumes=3))
        assert np.array_equal(painted(found), mask)


def test_an_empty_mask_is_ignored(series: Series, mask: Mask):
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(nifti=as_volume(series, np.zeros_like(mask))), series)
    assert ignored.value.warning == OUTSIDE


def test_a_mask_outside_of_the_image_is_ignored(series: Series, mask: Mask):
    away = replace(as_volume(series, mask), origins=series.volume.origins + np.array([100.0, 0.0, 0.0]))
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(nifti=away), series)
    assert ignored.value.warning == OUTSIDE


def test_a_coarser_mask_is_resampled_by_nearest_neighbour(series: Series, painted: Painted):
    volume = series.volume
    middle = volume.to_patient(np.array([[0.5, 0.5, float(k)] for k in range(6)]))
    coarse = replace(volume, voxels=np.zeros((6, 4, 5), dtype=np.float32), origins=middle, pixel_spacing=(1.0, 4.0))
    coarse.voxels[2, 1, 3] = 1
    [found] = interpret(ReferenceFile(nifti=coarse), series)
    assert np.argwhere(painted(found)).tolist() == [[2, r, c] for r in (2, 3) for c in (6, 7)]


@settings(deadline=None, max_examples=50)
@given(
    arrays(np.bool_, (4, 3, 5)).filter(lambda mask: bool(mask.any())),
    st.permutations([0, 1, 2]),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.tuples(*[st.floats(-180, 180)] * 3),
)
def test_permuted_flipped_and_rotated_axes_mark_the_same_voxels(
    mask: Mask, order: list[int], flipped: tuple[bool, bool, bool], angles: tuple[float, float, float]
):
    directions = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    spacing = np.array([0.7, 1.1, 2.0])
    origins = np.outer(np.arange(4) * spacing[2], directions[2])
    target = Volume(
        np.zeros((4, 3, 5), np.int16), directions[0], directions[1], origins, (spacing[0], spacing[1]), "CT"
    )
    array = mask.transpose(2, 1, 0)
    steps = directions * spacing[:, np.newaxis]
    first = np.zeros(3)
    for axis in (axis for axis in range(3) if flipped[axis]):
        first = first + steps[axis] * (array.shape[axis] - 1)
        steps[axis] *= -1
        array = np.flip(array, axis)
    array, steps = array.transpose(order), steps[order]
    row, column = (steps[axis] / np.linalg.norm(steps[axis]) for axis in (0, 1))
    stack = np.arange(array.shape[2])
    if np.cross(row, column) @ steps[2] < 0:
        stack = stack[::-1]
    source = Volume(
        array.transpose(2, 1, 0)[stack].astype(np.float32),
        row,
        column,
        first + np.outer(stack, steps[2]),
        (float(np.linalg.norm(steps[0])), float(np.linalg.norm(steps[1]))),
        "",
    )
    [found] = read_mask(source, target)
    marked = np.argwhere(found.mask) + found.offset
    assert np.array_equal(marked, np.argwhere(mask))
