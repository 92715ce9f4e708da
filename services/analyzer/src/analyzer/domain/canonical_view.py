"""A volume in its own and in the canonical orientation, and what is carried from one to the other."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.orientation import Floats, Offset, Orientation, orientation_of
from analyzer.domain.volume import Volume

SLICE = 2


@dataclass(frozen=True)
class CanonicalView:
    """A volume in its own orientation (`own`) and in the canonical one (`volume`); both share their voxels."""

    own: Volume

    @cached_property
    def orientation(self) -> Orientation:
        """How the own axes are assigned to the canonical ones."""
        return orientation_of(self.own.row_direction, self.own.column_direction, self.own.origins)

    @cached_property
    def volume(self) -> Volume:
        """The canonical volume: the own one where that is canonical."""
        if self.orientation.is_canonical:
            return self.own
        voxels = self.orientation.to_canonical(self.own.voxels)
        directions, spacing = self._directions, self._spacing
        row, column, along = (directions[axis] for axis in self.orientation.inverse)
        origins = self._corners
        if self.orientation.axes[SLICE] != SLICE:
            column = column - (column @ row) * row
            column = column / np.linalg.norm(column)
            step = along * spacing[self.orientation.inverse[SLICE]]
            origins = origins[0] + np.arange(len(voxels))[:, np.newaxis] * step
        return replace(
            self.own,
            voxels=voxels,
            row_direction=row,
            column_direction=column,
            origins=origins,
            pixel_spacing=(spacing[self.orientation.inverse[0]], spacing[self.orientation.inverse[1]]),
        )

    def mask_to_canonical(self, offset: Offset, mask: NDArray[np.bool_]) -> tuple[Offset, NDArray[np.bool_]]:
        """Return the offset and the mask of a region of the own grid in the canonical one."""
        start = self.orientation.offset_to_canonical(offset, _shape(mask), _shape(self.own.voxels))
        return start, self.orientation.to_canonical(mask)

    def mask_to_own(self, offset: Offset, mask: NDArray[np.bool_]) -> tuple[Offset, NDArray[np.bool_]]:
        """Return the offset and the mask of a region of the canonical grid in the own one."""
        start = self.orientation.offset_to_own(offset, _shape(mask), _shape(self.volume.voxels))
        return start, self.orientation.to_own(mask)

    def point_to_own(self, point: Floats) -> Floats:
        """Return a canonical voxel position (column, row, slice) in the own grid."""
        return self.orientation.point_to_own(point, _shape(self.volume.voxels))

    @property
    def _step(self) -> Floats:
        """Mean step between the own slices, LPS mm."""
        return (self.own.origins[-1] - self.own.origins[0]) / (len(self.own.origins) - 1)

    @property
    def _spacing(self) -> tuple[float, float, float]:
        return (*self.own.pixel_spacing, float(np.linalg.norm(self._step)))

    @property
    def _directions(self) -> list[Floats]:
        """Unit vectors of the own axes, turned to the canonical directions."""
        own = (self.own.row_direction, self.own.column_direction, self._step / np.linalg.norm(self._step))
        flips = self.orientation.flipped
        return [-direction if flipped else direction for direction, flipped in zip(own, flips, strict=True)]

    @property
    def _corners(self) -> Floats:
        """Centre of the voxel of each own slice that is first in the canonical directions."""
        across, down, along = self.orientation.flipped
        columns, rows = self.own.voxels.shape[2], self.own.voxels.shape[1]
        origins = self.own.origins
        if across:
            origins = origins + (columns - 1) * self.own.pixel_spacing[0] * self.own.row_direction
        if down:
            origins = origins + (rows - 1) * self.own.pixel_spacing[1] * self.own.column_direction
        return origins[::-1] if along else origins


def _shape(array: NDArray[np.generic]) -> Offset:
    slices, rows, columns = array.shape
    return slices, rows, columns
