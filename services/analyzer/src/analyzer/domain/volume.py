"""A three-dimensional image with its geometry in patient coordinates."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Volume:
    """A scalar image on a stack of parallel slices.

    Voxel indices are (column, row, slice), as the contract's `location`; arrays are indexed [slice, row, column].
    Patient coordinates are DICOM's LPS, in mm.

    Attributes:
        voxels: int16 or float32, shape (slices, rows, columns); Hounsfield units when `modality` is CT.
        row_direction: unit vector (3,) along which the column index grows (first three of ImageOrientationPatient).
        column_direction: unit vector (3,) along which the row index grows (last three of ImageOrientationPatient).
        origins: (slices, 3), centre of the first voxel of each slice; not k x spacing where slices are unevenly
            spaced, not along the normal with gantry tilt.
        pixel_spacing: (between columns, between rows), mm.
        modality: DICOM modality; "CT" for a NIfTI image with the values of a CT; "" when unknown.
        lossy: the pixels went through lossy compression.
        burned_in: the pixels may show text that identifies the patient (BurnedInAnnotation).
        frame_of_reference: DICOM UID, "" when there is none; never in a result.
    """

    voxels: NDArray[np.int16] | NDArray[np.float32]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    origins: NDArray[np.float64]
    pixel_spacing: tuple[float, float]
    modality: str
    lossy: bool = False
    burned_in: bool = False
    frame_of_reference: str = field(default="", repr=False)

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector (3,), perpendicular to the slices."""
        return np.cross(self.row_direction, self.column_direction)

    @cached_property
    def slice_positions(self) -> NDArray[np.float64]:
        """(slices,), mm along the normal, ascending."""
        return self.origins @ self.normal

    @cached_property
    def slice_steps(self) -> NDArray[np.float64]:
        """(slices - 1,), mm between neighbouring slices; empty for one slice."""
        return np.diff(self.slice_positions)

    @cached_property
    def slice_spacing(self) -> float:
        """Median distance between slices, mm; undefined for a single slice."""
        return float(np.median(self.slice_steps))

    @cached_property
    def slice_extents(self) -> NDArray[np.float64]:
        """(slices,), thickness of each slice, mm: half the distance to each neighbour, end slices a whole step."""
        steps = self.slice_steps
        return (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]])) / 2

    @cached_property
    def voxel_volumes(self) -> NDArray[np.float64]:
        """(slices,), volume of a voxel of each slice, mm³."""
        return self.slice_extents * self.pixel_spacing[0] * self.pixel_spacing[1]

    @cached_property
    def gaps(self) -> tuple[int, ...]:
        """Slice indices k with more than 1.5 median steps between k and k + 1."""
        return tuple(int(k) for k in np.flatnonzero(self.slice_steps > 1.5 * self.slice_spacing))

    @cached_property
    def tilt_shifts(self) -> NDArray[np.int64]:
        """(slices, 2), rows and columns, from 0, by which each slice is shifted to undo gantry tilt (ADR 7).

        Whole pixels, so that no slice is more than half a pixel off, and voxels keep their values.
        """
        in_plane = np.stack([self.origins @ self.column_direction, self.origins @ self.row_direction], axis=1)
        return np.rint((in_plane - in_plane.min(axis=0)) / np.array(self.pixel_spacing[::-1])).astype(np.int64)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """(columns, rows, slices) in mm."""
        return (*self.pixel_spacing, self.slice_spacing)

    def to_patient(self, voxels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map fractional voxel indices (n, 3) as (column, row, slice) to LPS mm (n, 3)."""
        columns, rows, slices = np.asarray(voxels, dtype=np.float64).T
        indices = np.arange(len(self.origins))
        origins = np.stack([np.interp(slices, indices, self.origins[:, axis]) for axis in range(3)], axis=1)
        along_row = np.outer(columns * self.pixel_spacing[0], self.row_direction)
        along_column = np.outer(rows * self.pixel_spacing[1], self.column_direction)
        return origins + along_row + along_column

    def to_voxels(self, patient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map LPS mm (n, 3) to voxel indices (n, 3) as (column, row, slice); the inverse of `to_patient`."""
        patient = np.asarray(patient, dtype=np.float64)
        indices = np.arange(len(self.origins))
        slices = np.interp(patient @ self.normal, self.slice_positions, indices)
        origins = np.stack([np.interp(slices, indices, self.origins[:, axis]) for axis in range(3)], axis=1)
        columns = (patient - origins) @ self.row_direction / self.pixel_spacing[0]
        rows = (patient - origins) @ self.column_direction / self.pixel_spacing[1]
        return np.stack([columns, rows, slices], axis=1)
