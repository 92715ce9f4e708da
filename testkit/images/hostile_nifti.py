"""NIfTI files with malformed headers, inconsistent data or excessive sizes."""

import gzip
import struct
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from analyzer.domain.failures import FailureCode
from testkit.images.hostile_bytes import deflated_zeros

GZIP = 31


def _file(voxels: NDArray[Any] | None = None, **fields: Any) -> bytes:
    """Return a small CT with some header fields replaced."""
    if voxels is None:
        voxels = np.random.default_rng(1).choice([-1000, 40], (6, 7, 8)).astype(np.int16)
    image = nib.Nifti1Image(voxels, np.diag([1.0, 1, 2, 1]))
    content = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(content[:348]), check=False)
    for name, value in fields.items():
        header[name] = value
    content[:348] = header.binaryblock
    return bytes(content)


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _bomb(mebibytes: int, **fields: Any) -> bytes:
    return deflated_zeros(mebibytes, _file(**fields)[:352], GZIP)


def _wrong_checksum(content: bytes) -> bytes:
    (checksum,) = struct.unpack("<L", content[-8:-4])
    return content[:-8] + struct.pack("<L", checksum ^ 1) + content[-4:]


def damaged_nifti() -> dict[str, tuple[FailureCode, bytes]]:
    """Return name -> (failure, content)."""
    whole = _file()
    with_nan = np.full((6, 7, 8), 40, np.float32)
    with_nan[2, 3, 4] = np.nan
    return {
        "nifti bomb of two gigabytes": (FailureCode.TOO_LARGE, _bomb(2_048, dim=[3, 1024, 1024, 1024, 1, 1, 1, 1])),
        "nifti bomb behind a small image": (FailureCode.NO_IMAGE, _bomb(2_048)),
        "nifti of one huge slice": (FailureCode.TOO_LARGE, _bomb(512, dim=[3, 16384, 16384, 1, 1, 1, 1, 1])),
        "nifti with the largest sides": (FailureCode.TOO_LARGE, _file(dim=[3, 32767, 32767, 32767, 1, 1, 1, 1])),
        "nifti with a negative side": (FailureCode.NO_IMAGE, _file(dim=[3, -6, 7, 8, 1, 1, 1, 1])),
        "nifti with an empty side": (FailureCode.NO_IMAGE, _file(dim=[3, 0, 7, 8, 1, 1, 1, 1])),
        "nifti with nine dimensions": (FailureCode.NO_IMAGE, _file(dim=[9, 6, 7, 8, 1, 1, 1, 1])),
        "nifti of vectors": (FailureCode.GEOMETRY_MIXED, _file(np.zeros((6, 7, 8, 1, 3), np.int16))),
        "nifti of several times cut off": (FailureCode.NO_IMAGE, _file(dim=[4, 6, 7, 8, 5, 1, 1, 1])),
        "nifti of less than no time": (FailureCode.NO_IMAGE, _file(dim=[4, 6, 7, 8, -1, 1, 1, 1])),
        "nifti of too many times": (FailureCode.TOO_LARGE, _file(dim=[4, 6, 7, 8, 32767, 1, 1, 1])),
        "nifti bomb of many times": (FailureCode.TOO_LARGE, _bomb(64, dim=[4, 128, 128, 128, 9999, 1, 1, 1])),
        "nifti bomb that ends early": (FailureCode.NO_IMAGE, _bomb(64, dim=[4, 64, 64, 64, 500, 1, 1, 1])),
        "nifti header of a pair": (FailureCode.NO_IMAGE, _file(magic=b"ni1")),
        "nifti cut off": (FailureCode.NO_IMAGE, whole[:-100]),
        "nifti header alone": (FailureCode.NO_IMAGE, whole[:348]),
        "nifti gzip cut off": (FailureCode.NO_IMAGE, _packed(whole)[:-30]),
        "nifti gzip with a wrong checksum": (FailureCode.NO_IMAGE, _wrong_checksum(_packed(whole))),
        "nifti gzip of noise": (FailureCode.NO_IMAGE, b"\x1f\x8b\x08\0" + bytes(range(256)) * 4),
        "nifti in complex numbers": (FailureCode.NO_IMAGE, _file(np.zeros((6, 7, 8), np.complex64))),
        "nifti of an unknown type": (FailureCode.NO_IMAGE, _file(datatype=1234)),
        "nifti with values that are no numbers": (FailureCode.NO_IMAGE, _file(with_nan)),
        "nifti without any number": (FailureCode.NO_IMAGE, _file(np.full((6, 7, 8), np.nan, np.float32))),
        "nifti of contradicting sizes": (
            FailureCode.GEOMETRY_MIXED,
            _file(pixdim=np.array([1, 1, 1, 3, 1, 1, 1, 1], np.float32)),
        ),
        "nifti with an infinite slope": (FailureCode.NO_IMAGE, _file(scl_slope=np.inf)),
        "nifti without orientation": (FailureCode.GEOMETRY_MISSING, _file(sform_code=0, qform_code=0)),
        "nifti with an affine that is no number": (
            FailureCode.GEOMETRY_MISSING,
            _file(srow_x=np.array([np.nan, 0, 0, 0], np.float32)),
        ),
        "nifti with a flat affine": (FailureCode.GEOMETRY_MISSING, _file(srow_z=np.zeros(4, np.float32))),
        "nifti with skewed pixels": (
            FailureCode.GEOMETRY_MISSING,
            _file(srow_x=np.array([1, 0.5, 0, 0], np.float32), pixdim=np.zeros(8, np.float32)),
        ),
        "nifti in unknown units": (FailureCode.NO_IMAGE, _file(xyzt_units=5)),
        "nifti with data far away": (FailureCode.NO_IMAGE, _file(vox_offset=1e30)),
        "nifti with data nowhere": (FailureCode.NO_IMAGE, _file(vox_offset=np.nan)),
        "nifti with data before the file": (FailureCode.NO_IMAGE, _file(vox_offset=-1000)),
    }
