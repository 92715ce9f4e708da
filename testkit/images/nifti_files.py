"""Writer of volumes and masks as NIfTI, with the axes in any order and direction."""

from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.nifti1 import Nifti1Extension
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def affine_of(volume: Volume) -> NDArray[np.float64]:
    """Return the 4x4 matrix from (column, row, slice) to LPS mm; the slices must be evenly spaced."""
    affine = np.eye(4)
    affine[:3, 0] = volume.row_direction * volume.pixel_spacing[0]
    affine[:3, 1] = volume.column_direction * volume.pixel_spacing[1]
    affine[:3, 2] = volume.origins[1] - volume.origins[0] if len(volume.origins) > 1 else volume.normal
    affine[:3, 3] = volume.origins[0]
    return affine


def write_nifti(
    volume: Volume,
    path: Path,
    *,
    voxels: NDArray[np.generic] | None = None,
    further: Sequence[NDArray[np.generic]] = (),
    axes: tuple[int, int, int] = (0, 1, 2),
    flipped: tuple[bool, bool, bool] = (False, False, False),
    canary: str = "",
) -> Path:
    """Write `voxels` (default: the volume's), indexed [slice, row, column] on the volume's grid. Returns `path`.

    `axes` is the axis of (column, row, slice) of each axis of the file, `flipped` says which axes of the file are
    reversed: the patient coordinates do not change. `further` volumes, like `voxels`, follow along a fourth axis.
    `path` ends with .nii or .nii.gz. `canary` is set in every text field.
    """
    first = np.asarray(volume.voxels if voxels is None else voxels)
    arrays = [each.transpose(2, 1, 0).transpose(axes) for each in (first, *further)]
    array = np.stack(arrays, axis=3) if further else arrays[0]
    affine = affine_of(volume)[:, [*axes, 3]]
    for axis in (axis for axis in range(3) if flipped[axis]):
        array = np.flip(array, axis)
        affine[:, 3] += affine[:, axis] * (array.shape[axis] - 1)
        affine[:, axis] *= -1
    image = nib.Nifti1Image(array, LPS_TO_RAS @ affine)
    image.header.set_xyzt_units("mm", "sec")
    if canary:
        _add_canary(image.header, canary)
    nib.save(image, path)
    return path


def _add_canary(header: nib.Nifti1Header, canary: str) -> None:
    for field in ("descrip", "aux_file", "db_name", "intent_name"):
        header[field] = canary.encode()[: header[field].dtype.itemsize]
    header.extensions.append(Nifti1Extension("comment", canary.encode()))
