"""PNG of a finding: the slice with its largest area, with its outline."""

import io
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume

LUNG_WINDOW = (-1350.0, 150.0)
SOFT_TISSUE_WINDOW = (-160.0, 240.0)
LUNG_WINDOW_BELOW_HU = -300.0
"""The lung window is used when the median of the surroundings is below this value."""

SURROUNDINGS_PIXELS = 4
MIN_SIDE = 512
MAX_SIDE = 2048
OUTLINE_COLOUR = (255, 80, 60)
TOWARDS_RIGHT_OR_DOWN = (1, 1, -1)
"""Columns and rows of a picture grow towards the left, the back and the feet of the patient (radiological view)."""

Plane = NDArray[np.float32]
Region = NDArray[np.bool_]


def picture_of(volume: Volume, candidate: Candidate) -> bytes:
    """Return a PNG without text, with square pixels."""
    largest = int(np.count_nonzero(candidate.mask, axis=(1, 2)).argmax())
    plane = np.asarray(volume.voxels[candidate.offset[0] + largest], np.float32)
    region = np.zeros(plane.shape, bool)
    _, row, column = candidate.offset
    region[row : row + candidate.mask.shape[1], column : column + candidate.mask.shape[2]] = candidate.mask[largest]
    low, high = _window(plane, region, volume.modality)
    grey = (np.clip((plane - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    oriented, oriented_region = _radiological(grey, volume), _radiological(region.astype(np.uint8), volume)
    size = _size(plane.shape, volume.pixel_spacing)
    picture = np.array(Image.fromarray(oriented).resize(size, Image.Resampling.BILINEAR).convert("RGB"))
    inside = np.array(Image.fromarray(oriented_region).resize(size, Image.Resampling.NEAREST)) > 0
    picture[_margin(inside, 1)] = OUTLINE_COLOUR
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def _window(plane: Plane, region: Region, modality: str) -> tuple[float, float]:
    if modality != "CT":
        low, high = np.percentile(plane, (1, 99))
        return float(low), float(high)
    around = _margin(region, SURROUNDINGS_PIXELS)
    in_lung = bool(around.any()) and float(np.median(plane[around])) < LUNG_WINDOW_BELOW_HU
    return LUNG_WINDOW if in_lung else SOFT_TISSUE_WINDOW


def _margin(region: Region, width: int) -> Region:
    """Return the pixels outside of the region within `width` pixels of it."""
    dilated: Region = np.asarray(ndimage.binary_dilation(region, np.ones((3, 3), bool), width), bool)
    return dilated & ~region


def _radiological(pixels: NDArray[np.uint8], volume: Volume) -> NDArray[np.uint8]:
    """Flip the axes to the radiological view."""
    reversed_axes = [
        axis
        for axis, direction in ((1, volume.row_direction), (0, volume.column_direction))
        if direction[np.abs(direction).argmax()] * TOWARDS_RIGHT_OR_DOWN[int(np.abs(direction).argmax())] < 0
    ]
    return np.ascontiguousarray(np.flip(pixels, tuple(reversed_axes)))


def _size(shape: tuple[int, ...], spacing: tuple[float, float]) -> tuple[int, int]:
    """Return (width, height) of square pixels, enlarged by an integer factor if the image is small."""
    sides = np.array([shape[1] * spacing[0], shape[0] * spacing[1]]) / min(spacing)
    enlarged = sides * ceil(MIN_SIDE / sides.max())
    width, height = np.maximum(1, np.rint(enlarged * min(1.0, MAX_SIDE / enlarged.max()))).astype(int)
    return int(width), int(height)
