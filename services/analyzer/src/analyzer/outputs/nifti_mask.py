"""Writer of the label map as a NIfTI file."""

from pathlib import Path

from analyzer.outputs.labels import Labels
from analyzer.outputs.nifti_file import nifti_file
from analyzer.outputs.straight_grid import StraightGrid


def write_mask(path: Path, labels: Labels, grid: StraightGrid) -> None:
    """Write the labels, indexed (column, row, slice) on the grid of the image."""
    with nifti_file(path, grid.shape, grid.affine) as write:
        for k, plane in enumerate(labels):
            write(grid.plane(plane, k, outside=0))
