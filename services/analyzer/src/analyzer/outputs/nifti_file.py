"""Writer of gzipped NIfTI-1 files, plane by plane, whose header holds the geometry only."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip
from numpy.typing import NDArray

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
SCANNER = 1
DATA_OFFSET = 352

WritePlane = Callable[[NDArray[np.int16]], object]


@contextmanager
def nifti_file(
    path: Path,
    shape: tuple[int, int, int],
    affine: NDArray[np.float64],
    scaling: tuple[float, float] = (1.0, 0.0),
    level: int = igzip.isal_zlib.ISAL_DEFAULT_COMPRESSION,
) -> Generator[WritePlane]:
    """Open a file of int16 voxels; yield the function that writes its next plane [row, column], C-contiguous.

    `shape` is (slices, rows, columns), `affine` leads from (column, row, slice) to LPS mm, `scaling` (slope, intercept)
    from stored values to values. Equal content gives equal bytes under any name.
    """
    with path.open("wb") as file, igzip.IGzipFile("", "wb", level, file, mtime=0) as packed:
        packed.write(_header(shape, LPS_TO_RAS @ affine, scaling).ljust(DATA_OFFSET, b"\0"))
        yield lambda plane: packed.write(plane.data)


def _header(shape: tuple[int, int, int], affine: NDArray[np.float64], scaling: tuple[float, float]) -> bytes:
    """Return the header. `qform` is set beside `sform`, because readers differ in which one they prefer."""
    header = nib.Nifti1Header()
    header.set_data_shape(shape[::-1])
    header.set_data_dtype(np.dtype(np.int16))
    header.set_zooms(np.linalg.norm(affine[:3, :3], axis=0))
    header.set_qform(affine, code=SCANNER)
    header.set_sform(affine, code=SCANNER)
    header.set_slope_inter(*scaling)
    header.set_xyzt_units("mm")
    header["vox_offset"] = DATA_OFFSET
    header["magic"] = b"n+1"
    return bytes(header.binaryblock)
