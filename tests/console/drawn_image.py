"""What the viewer has drawn, as pixels, beside what it should have drawn."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator

from analyzer.domain.volume import Volume

LUNG_WINDOW = (-1350.0, 150.0)
_YELLOW = 80
"""By so much blue is less than red and green in the lines of the crosshair, and nowhere else in a grey image."""

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class DrawnImage:
    """The axial plane on a canvas, which it fills as far as it fits. `pixels` are (row, column, red green blue)."""

    pixels: Pixels

    @classmethod
    def of(cls, canvas: Locator) -> "DrawnImage":
        """Return what a canvas shows now."""
        return cls(pixels_of(canvas.screenshot()))

    @property
    def crosshair(self) -> tuple[int, int]:
        """Column and row where its lines cross."""
        yellow = self.pixels[..., :2].min(axis=-1) - self.pixels[..., 2] > _YELLOW
        columns, rows = (np.flatnonzero(yellow.sum(axis=axis) > yellow.sum(axis=axis).max() / 2) for axis in (0, 1))
        return round(float(columns.mean())), round(float(rows.mean()))

    def around_crosshair(self, radius: int) -> Pixels:
        """Return the square of pixels around the crosshair."""
        column, row = self.crosshair
        return self.pixels[row - radius : row + radius + 1, column - radius : column + radius + 1]

    def at_crosshair(self) -> Pixels:
        """Return the mean colour where the lines leave a gap."""
        return self.around_crosshair(2).mean(axis=(0, 1))

    def expected_around(self, volume: Volume, voxel: tuple[float, float, float], radius: int) -> Pixels:
        """Return the grey values that the square has when the crosshair is at a voxel (column, row, slice)."""
        _, rows, columns = volume.voxels.shape
        step = 1 / min(self.pixels.shape[0] / rows, self.pixels.shape[1] / columns)
        offsets = np.arange(-radius, radius + 1) * step
        plane = _interpolated(np.asarray(volume.voxels, np.float64), np.array([voxel[2]]))[0]
        values = _interpolated(_interpolated(plane, voxel[1] + offsets).T, voxel[0] + offsets).T
        low, high = LUNG_WINDOW
        return np.clip((values - low) / (high - low), 0, 1) * 255

    def differs_from(self, expected: Pixels) -> float:
        """Return the mean difference of grey values around the crosshair, its lines left out."""
        square = self.around_crosshair(expected.shape[0] // 2)
        grey = np.ptp(square, axis=-1) < _YELLOW / 4
        return float(np.abs(square.mean(axis=-1) - expected)[grey].mean())


def pixels_of(picture: bytes) -> Pixels:
    """Return the pixels of a PNG."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), np.float64)


def _interpolated(values: Pixels, places: Pixels) -> Pixels:
    """Return values between those along the first axis, as the viewer draws them."""
    below = np.floor(places).astype(np.intp)
    share = (places - below).reshape(-1, *[1] * (values.ndim - 1))
    return values[below] * (1 - share) + values[below + 1] * share
