from dataclasses import replace

import numpy as np
import pytest

from analyzer.domain.volume import Volume
from analyzer.outputs.straight_grid import MAX_GROWTH, StraightGrid


def sheared(volume: Volume, rows_per_slice: float) -> Volume:
    """The volume with each slice lower than the one before by so many rows."""
    steps = np.arange(len(volume.origins))[:, None] * rows_per_slice * volume.pixel_spacing[1]
    return replace(volume, origins=volume.origins + steps * volume.column_direction)


def test_a_straight_volume_keeps_its_grid(volume: Volume) -> None:
    grid = StraightGrid.of(volume)
    assert grid.shape == volume.voxels.shape
    corners = np.array([[0.0, 0, 0], [5, 7, 11]])
    mapped = corners @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    assert mapped == pytest.approx(volume.to_patient(corners))


def test_a_plane_holds_its_slice_where_the_slice_lies(volume: Volume) -> None:
    grid = StraightGrid.of(sheared(volume, 1.0))
    slices, rows, columns = volume.voxels.shape
    assert grid.shape == (slices, rows + slices - 1, columns)
    plane = grid.plane(np.ones((rows, columns), np.int16), 3, outside=-7)
    assert (plane[3 : 3 + rows] == 1).all()
    assert (plane[:3] == -7).all()
    assert (plane[3 + rows :] == -7).all()


def test_slices_that_drift_by_less_than_half_a_pixel_stay_and_the_axes_are_perpendicular(volume: Volume) -> None:
    grid = StraightGrid.of(sheared(volume, 0.4 / len(volume.voxels)))
    assert grid.shape == volume.voxels.shape
    assert grid.affine[:3, 2] @ grid.affine[:3, 1] == pytest.approx(0)


def test_positions_that_no_gantry_has_do_not_blow_up_the_grid(volume: Volume) -> None:
    wild = sheared(volume, MAX_GROWTH * volume.voxels.shape[1])
    grid = StraightGrid.of(wild)
    assert grid.shape == volume.voxels.shape
    last = np.array([[0.0, 0, len(volume.voxels) - 1]])
    assert last @ grid.affine[:3, :3].T + grid.affine[:3, 3] == pytest.approx(wild.to_patient(last))
