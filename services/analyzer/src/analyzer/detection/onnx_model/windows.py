"""Sliding-window inference with Gaussian weights, for images larger than the input of the model."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.onnx_model.session import Run
from analyzer.detection.segmenter import Progress

SIGMA_SHARE = 1 / 8
MIN_WEIGHT = 1e-3


def window_starts(size: int, patch: int, overlap: float) -> list[int]:
    """Return the starts of evenly spread windows along an axis; neighbours share at least `overlap`."""
    if size <= patch:
        return [0]
    step = max(1, int(patch * (1 - overlap)))
    count = -(-(size - patch) // step) + 1
    return [round(k * (size - patch) / (count - 1)) for k in range(count)]


def gaussian_weights(patch: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return the Gaussian weight of each voxel of a window: 1 in the middle, lower at the border, never 0."""
    weights = np.ones((1, 1, 1))
    for axis, size in enumerate(patch):
        distance = np.arange(size) - (size - 1) / 2
        profile = np.exp(-0.5 * (distance / max(size * SIGMA_SHARE, 0.5)) ** 2)
        weights = weights * profile.reshape([-1 if k == axis else 1 for k in range(3)])
    return np.maximum(weights, MIN_WEIGHT).astype(np.float32)


def slide(
    run: Run, image: NDArray[np.float32], patch: tuple[int, int, int], overlap: float, progress: Progress
) -> NDArray[np.float32]:
    """Return the probabilities (channels, *image.shape), weighted means over the windows that contain the voxel.

    An image smaller than the window is padded at the end of each axis with its lowest value.
    """
    missing = [(0, max(0, p - s)) for p, s in zip(patch, image.shape, strict=True)]
    padded = np.pad(image, missing, constant_values=float(image.min()))
    axes = [window_starts(size, p, overlap) for size, p in zip(padded.shape, patch, strict=True)]
    weights, total = gaussian_weights(patch), np.zeros(padded.shape, np.float32)
    sums: NDArray[np.float32] | None = None
    starts = list(product(*axes))
    for count, start in enumerate(starts, 1):
        window = tuple(slice(s, s + p) for s, p in zip(start, patch, strict=True))
        probabilities = run(np.ascontiguousarray(padded[window]))
        sums = np.zeros((len(probabilities), *padded.shape), np.float32) if sums is None else sums
        sums[(slice(None), *window)] += probabilities * weights
        total[window] += weights
        progress(count / len(starts))
    assert sums is not None  # noqa: S101  (there is always one window)
    return (sums / total)[(slice(None), *(slice(0, s) for s in image.shape))]
