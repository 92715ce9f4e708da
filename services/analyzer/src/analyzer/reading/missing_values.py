"""Voxels of a NIfTI image that are no numbers: outside of the field of view, some writers set NaN."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.reading.ignored_files import FileIgnored, Reason

EIGHT_NEIGHBOURS = np.ones((3, 3))


class MissingValues:
    """Collects the voxels without a number plane by plane, one bit each, and fills them when all are known."""

    def __init__(self) -> None:
        self._planes: dict[int, NDArray[np.uint8]] = {}
        self._whole: set[int] = set()
        self._enclosed = False

    def __bool__(self) -> bool:
        return bool(self._planes)

    def take(self, number: int, plane: NDArray[Any]) -> NDArray[Any]:
        """Return the plane with zeros for what is no number, and remember where; planes come in their order."""
        if plane.dtype.kind != "f" or np.isfinite(plane).all():
            return plane
        missing = ~np.isfinite(plane)
        self._planes[number] = np.packbits(missing)
        if missing.all():
            self._whole.add(number)
        self._enclosed = self._enclosed or _is_enclosed(missing)
        return np.where(missing, plane.dtype.type(0), plane)

    def check_outside(self, planes: int) -> None:
        """Raise `FileIgnored(DAMAGED)` unless every missing voxel lies at the border of the image."""
        kept = [number for number in range(planes) if number not in self._whole]
        if self._enclosed or not kept or len(kept) != kept[-1] - kept[0] + 1:
            raise FileIgnored(Reason.DAMAGED)

    def lowest(self, voxels: NDArray[Any]) -> float:
        """Return the lowest value that is a number; `voxels` are in the file's order, planes last."""
        return float(
            min(
                voxels[:, :, number][~self._missing(number, voxels)].min()
                if number in self._planes
                else voxels[:, :, number].min()
                for number in range(voxels.shape[2])
                if number not in self._whole
            )
        )

    def fill(self, voxels: NDArray[Any], value: float) -> None:
        """Set all missing voxels to the value, in place; `voxels` are in the file's order, planes last."""
        for number in self._planes:
            voxels[:, :, number][self._missing(number, voxels)] = value

    def _missing(self, number: int, voxels: NDArray[Any]) -> NDArray[np.bool_]:
        columns, rows, _ = voxels.shape
        return np.unpackbits(self._planes[number], count=columns * rows).reshape(columns, rows).astype(np.bool_)


def _is_enclosed(missing: NDArray[np.bool_]) -> bool:
    """Return whether a region of the plane does not touch its border."""
    labels = np.zeros(missing.shape, np.int32)
    count = int(ndimage.label(missing, EIGHT_NEIGHBOURS, output=labels))  # pyright: ignore[reportArgumentType]
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return len(np.union1d(border, [0])) != count + 1
