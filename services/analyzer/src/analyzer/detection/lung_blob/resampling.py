"""Separable interpolation and Gaussian blur, one axis at a time."""

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats

Image = NDArray[np.float32]
Weights = NDArray[np.float32]


def linear_weights(positions: Floats, axis: Floats) -> Weights:
    """Return the matrix (len(positions), len(axis)) of linear interpolation, with edge values outside of the axis."""
    below, share = _neighbours(positions, axis)
    rows = np.arange(len(positions))
    weights = np.zeros((len(positions), len(axis)), dtype=np.float32)
    weights[rows, below] = 1 - share
    weights[rows, below + 1] = share
    return weights


def gaussian_weights(positions: Floats, axis: Floats, sigma: float) -> Weights:
    """Return the matrix (len(positions), len(axis)) of a Gaussian blur; the axis is evenly spaced."""
    weights = np.exp(-0.5 * ((positions[:, None] - axis[None, :]) / sigma) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def apply_separable(image: Image, z: Weights, y: Weights, x: Weights) -> Image:
    """Apply one matrix per axis to an image [z, y, x]."""
    for weights in (z, y, x):  # the new axis becomes the last: three rotations restore the order
        image = np.tensordot(image, weights, axes=(0, 1)).astype(np.float32, copy=False)
    return np.ascontiguousarray(image)


def interpolated(image: Image, positions: list[Floats], axes: list[Floats]) -> Image:
    """Interpolate linearly on another grid, equivalent to `linear_weights`.

    For small images, where multithreaded products of small matrices are slower.
    """
    for k in range(3):
        below, share = _neighbours(positions[k], axes[k])
        low, high = image.take(below, k), image.take(below + 1, k)
        along = share.reshape([-1 if j == k else 1 for j in range(3)])
        image = (low + (high - low) * along).astype(np.float32)
    return image


def _neighbours(positions: Floats, axis: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the index of the sample below each position, and the interpolation weight of the next one, 0 to 1."""
    position = np.interp(positions, axis, np.arange(len(axis)))
    below = np.minimum(position.astype(np.int64), len(axis) - 2)
    return below, position - below
