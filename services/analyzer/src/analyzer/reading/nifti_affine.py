"""The affine of a NIfTI header (RAS, mm), which states it up to three times: sform, qform and pixdim."""

from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from analyzer.reading.ignored_files import FileIgnored, Reason

Affine = NDArray[np.float64]

MILLIMETRES = {"unknown": 1.0, "mm": 1.0, "meter": 1000.0, "micron": 0.001}
MAX_COORDINATE_MM = 1e5
SIZE_TOLERANCE = 0.005
"""Relative difference of a voxel's side between sform and pixdim that is a rounding error."""

PLACE_TOLERANCE_MM = 1.0


@dataclass(frozen=True)
class StatedAffine:
    """An affine, and the code of the warning about what contradicts it, if any."""

    affine: Affine
    warning: str | None


def affine_of(header: nib.Nifti1Header, shape: tuple[int, int, int]) -> StatedAffine:
    """Return the sform, else the qform; where the sform contradicts the voxel size of pixdim, the qform.

    The qform always has the size of pixdim. Two that agree are believed; one against one is refused.
    Raises `FileIgnored`: GEOMETRY_MISSING without a usable affine, SIZES_CONTRADICT.
    """
    scale = MILLIMETRES.get(str(header.get_xyzt_units()[0]))
    if scale is None:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    sform, qform = (_usable(affine, scale) for affine in (_sform(header), _qform(header)))
    if sform is None:
        if qform is None:
            raise FileIgnored(Reason.GEOMETRY_MISSING)
        return StatedAffine(qform, None)
    if not _agrees(sform, np.abs(np.array(header["pixdim"][1:4], np.float64)) * scale):
        if qform is None:
            raise FileIgnored(Reason.SIZES_CONTRADICT)
        return StatedAffine(qform, "NIFTI_SIZES_DIFFER")
    if qform is not None and _distance(sform, qform, shape) > PLACE_TOLERANCE_MM:
        return StatedAffine(sform, "NIFTI_PLACES_DIFFER")
    return StatedAffine(sform, None)


def _sform(header: nib.Nifti1Header) -> Affine | None:
    return header.get_sform(coded=True)[0]


def _qform(header: nib.Nifti1Header) -> Affine | None:
    """Return the qform, with signs and a handedness that writers leave out (nifti1.h: 0 means 1)."""
    lenient = header.copy()
    lenient["pixdim"][1:4] = np.abs(lenient["pixdim"][1:4])
    if lenient["pixdim"][0] not in {-1, 1}:
        lenient["pixdim"][0] = 1
    try:
        return lenient.get_qform(coded=True)[0]
    except ValueError:
        return None


def _usable(affine: Affine | None, scale: float) -> Affine | None:
    if affine is None or not np.isfinite(affine).all():
        return None
    scaled = np.diag([scale, scale, scale, 1.0]) @ affine
    if np.abs(scaled).max() > MAX_COORDINATE_MM or abs(np.linalg.det(scaled[:3, :3])) < 1e-9:
        return None
    return scaled


def _agrees(affine: Affine, sides: Affine) -> bool:
    """Return whether the voxel has the stated sides, or none is stated (0).

    Between the slices of a tilted gantry, the distance may be stated along the table or along the normal.
    """
    own = np.linalg.norm(affine[:3, :3], axis=0)
    along_normals = abs(np.linalg.det(affine[:3, :3])) / np.array([own[1] * own[2], own[0] * own[2], own[0] * own[1]])
    near = [np.abs(measured - sides) <= SIZE_TOLERANCE * measured for measured in (own, along_normals)]
    return bool(((near[0] | near[1]) | ~(sides > 0)).all())


def _distance(first: Affine, second: Affine, shape: tuple[int, int, int]) -> float:
    """Return the largest distance in mm between the places that two affines give to a corner of the image."""
    corners = np.array([[i, j, k, 1] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    return float(np.linalg.norm((corners @ (first - second).T)[:, :3], axis=1).max())
