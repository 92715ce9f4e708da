"""The input grid of a model, aligned with the patient axes, and resampling of a volume to it."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.onnx_model.manifest import Manifest
from analyzer.domain.volume import Volume

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A voxel grid aligned with the patient axes.

    Attributes:
        origin: (3,), LPS mm of the voxel [0, 0, 0].
        steps: (3, 3), row k: LPS mm from one voxel to the next along array axis k; a signed, scaled permutation.
        shape: voxels along each array axis.
    """

    origin: Points
    steps: Points
    shape: tuple[int, int, int]

    def to_patient(self, indices: Points) -> Points:
        """Map array indices (n, 3) to LPS mm (n, 3)."""
        return self.origin + indices @ self.steps

    def to_indices(self, points: Points) -> Points:
        """Map LPS mm (n, 3) to fractional array indices (n, 3)."""
        return (points - self.origin) @ np.linalg.inv(self.steps)


def model_grid(volume: Volume, manifest: Manifest) -> Grid:
    """Return the grid with the spacing and axes of the manifest that covers all voxel centres of the volume."""
    size = volume.voxels.shape[::-1]
    corners = volume.to_patient(np.array(list(product(*((0, n - 1) for n in size))), dtype=np.float64))
    signs = {"x": 1.0, "y": 1.0, "z": 1.0} if manifest.orientation == "LPS" else {"x": -1.0, "y": -1.0, "z": 1.0}
    steps, origin, shape = np.zeros((3, 3)), np.zeros(3), [0, 0, 0]
    for axis, (letter, spacing) in enumerate(zip(manifest.axis_order, manifest.spacing_mm, strict=True)):
        patient_axis = "xyz".index(letter)
        low, high = corners[:, patient_axis].min(), corners[:, patient_axis].max()
        steps[axis, patient_axis] = signs[letter] * spacing
        origin[patient_axis] = low if signs[letter] > 0 else high
        shape[axis] = int(np.ceil(round((high - low) / spacing, 6))) + 1
    return Grid(origin, steps, (shape[0], shape[1], shape[2]))


def resample(volume: Volume, grid: Grid, outside: float) -> NDArray[np.float32]:
    """Return the volume on the grid, linearly interpolated; `outside` beyond the image."""
    image = np.empty(grid.shape, np.float32)
    plane = np.indices(grid.shape[1:], dtype=np.float64).reshape(2, -1).T
    size = np.array(volume.voxels.shape[::-1])
    for k in range(grid.shape[0]):
        indices = np.column_stack([np.full(len(plane), float(k)), plane])
        points = grid.to_patient(indices)
        source = volume.to_voxels(points)
        values = ndimage.map_coordinates(volume.voxels, source.T[::-1], np.float32, order=1, mode="nearest")
        covered = _within_slices(volume, points) & ((source > -1) & (source < size)).all(axis=1)
        image[k] = np.where(covered, values, outside).reshape(grid.shape[1:])
    return image


def _within_slices(volume: Volume, points: Points) -> NDArray[np.bool_]:
    """Return which points are at most one step outside of the first and the last slice."""
    depth, positions, steps = points @ volume.normal, volume.slice_positions, volume.slice_steps
    return (depth > positions[0] - steps[0]) & (depth < positions[-1] + steps[-1])
