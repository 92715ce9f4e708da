"""Writer of the label map as a NIfTI file."""

from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.outputs.labels import Labels

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
SCANNER = 1
DATA_OFFSET = 352


def write_mask(path: Path, labels: Labels, volume: Volume) -> None:
    """Write the labels, indexed (column, row, slice) on the grid of the image; equal input gives equal bytes.

    The header holds the geometry only. Only `sform` is set: gantry tilt is a shear, which a quaternion cannot
    represent.
    """
    header = nib.Nifti1Header()
    header.set_data_shape(labels.shape[::-1])
    header.set_data_dtype(labels.dtype)
    affine = ras_affine(volume)
    header.set_zooms(np.linalg.norm(affine[:3, :3], axis=0))
    header.set_sform(affine, code=SCANNER)
    header.set_xyzt_units("mm")
    header["vox_offset"] = DATA_OFFSET
    header["magic"] = b"n+1"
    with path.open("wb") as file, igzip.IGzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(header.binaryblock.ljust(DATA_OFFSET, b"\0"))
        for plane in labels:
            packed.write(np.ascontiguousarray(plane).data)


def ras_affine(volume: Volume) -> NDArray[np.float64]:
    """Return the 4x4 matrix from (column, row, slice) to RAS mm; unevenly spaced slices get their mean distance."""
    affine = np.eye(4)
    affine[:3, 0] = volume.row_direction * volume.pixel_spacing[0]
    affine[:3, 1] = volume.column_direction * volume.pixel_spacing[1]
    affine[:3, 2] = (volume.origins[-1] - volume.origins[0]) / (len(volume.origins) - 1)
    affine[:3, 3] = volume.origins[0]
    return LPS_TO_RAS @ affine
