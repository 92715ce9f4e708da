"""The canonical orientation: columns to the left, rows to the back, slices to the head."""

from itertools import permutations, product

import numpy as np
import pytest

from analyzer.domain.canonical_view import CanonicalView
from analyzer.domain.volume import Volume
from testkit.images.reoriented import reoriented

SHAPE = (4, 5, 6)
RIGHT_HANDED = [
    (axes, flipped)
    for axes in permutations(range(3))
    for flipped in product([False, True], repeat=3)
    if np.linalg.det(np.eye(3)[list(axes)]) * (-1) ** sum(flipped) > 0
]


def axial(origins: np.ndarray | None = None) -> Volume:
    even = np.array([[10.0, -20.0, 30.0 + 2.5 * k] for k in range(SHAPE[0])])
    return Volume(
        voxels=np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE),
        row_direction=np.array([1.0, 0.0, 0.0]),
        column_direction=np.array([0.0, 1.0, 0.0]),
        origins=even if origins is None else origins,
        pixel_spacing=(0.75, 1.25),
        modality="CT",
    )


def assert_same(volume: Volume, other: Volume) -> None:
    np.testing.assert_array_equal(volume.voxels, other.voxels)
    np.testing.assert_allclose(volume.origins, other.origins, atol=1e-9)
    np.testing.assert_allclose(volume.row_direction, other.row_direction, atol=1e-12)
    np.testing.assert_allclose(volume.column_direction, other.column_direction, atol=1e-12)
    np.testing.assert_allclose(volume.pixel_spacing, other.pixel_spacing)


def test_a_canonical_volume_is_its_own_view() -> None:
    volume = axial()
    assert CanonicalView(volume).volume is volume


@pytest.mark.parametrize(("axes", "flipped"), RIGHT_HANDED)
def test_every_orientation_gives_the_same_canonical_volume_without_a_copy(
    axes: tuple[int, int, int], flipped: tuple[bool, bool, bool]
) -> None:
    stored = reoriented(axial(), axes, flipped)
    canonical = CanonicalView(stored).volume
    assert_same(canonical, axial())
    assert np.shares_memory(canonical.voxels, stored.voxels)


@pytest.mark.parametrize(("axes", "flipped"), RIGHT_HANDED)
def test_regions_and_points_return_to_the_own_grid(
    axes: tuple[int, int, int], flipped: tuple[bool, bool, bool]
) -> None:
    view = CanonicalView(reoriented(axial(), axes, flipped))
    mask = np.random.default_rng(1).random((2, 3, 2)) > 0.5
    offset, own = view.mask_to_own((1, 2, 3), mask)
    here = tuple(slice(start, start + size) for start, size in zip(offset, own.shape, strict=True))
    np.testing.assert_array_equal(view.own.voxels[here][own].sum(), axial().voxels[1:3, 2:5, 3:5][mask].sum())
    back, again = view.mask_to_canonical(offset, own)
    assert back == (1, 2, 3)
    np.testing.assert_array_equal(again, mask)
    point = np.array([1.25, 2.5, 0.75])
    np.testing.assert_allclose(
        view.own.to_patient(view.point_to_own(point)[np.newaxis]), axial().to_patient(point[np.newaxis]), atol=1e-9
    )


def test_uneven_slices_keep_their_positions_and_are_turned_to_the_head() -> None:
    uneven = axial(np.array([[10.0, -20.0, z] for z in (0.0, 2.0, 5.0, 6.0)]))
    even = reoriented(axial(), (0, 1, 2), (False, True, True))
    stored = Volume(
        even.voxels,
        even.row_direction,
        even.column_direction,
        uneven.origins[::-1] + np.array([0.0, 1.25 * 4, 0.0]),
        even.pixel_spacing,
        "CT",
    )
    assert_same(CanonicalView(stored).volume, uneven)


def test_uneven_sagittal_slices_stay_slices() -> None:
    sagittal = reoriented(axial(), (1, 2, 0), (False, True, True))
    origins = sagittal.origins[:1] + np.cumsum([0, 1, 2, 1, 2, 1])[:, np.newaxis] * sagittal.normal
    stored = Volume(
        sagittal.voxels, sagittal.row_direction, sagittal.column_direction, origins, sagittal.pixel_spacing, "CT"
    )
    canonical = CanonicalView(stored).volume
    assert len(canonical.voxels) == len(stored.voxels)
    np.testing.assert_allclose(canonical.normal, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(np.sort(canonical.slice_steps), np.sort(stored.slice_steps))
    np.testing.assert_allclose(canonical.column_direction, [0, 0, 1], atol=1e-12)
