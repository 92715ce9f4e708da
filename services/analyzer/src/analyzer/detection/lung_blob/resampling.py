"""Interpolating and blurring, one axis after the other: the grids are separable."""

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats

Image = NDArray[np.float32]
Weights = NDArray[np.float32]


def linear_weights(at: Floats, axis: Floats) -> Weights:
    """Weights (len(at), len(axis)) that interpolate linearly; beyond the ends the end value holds."""
    below, share = _neighbours(at, axis)
    rows = np.arange(len(at))
    weights = np.zeros((len(at), len(axis)), dtype=np.float32)
    weights[rows, below] = 1 - share
    weights[rows, below + 1] = share
    return weights


def gaussian_weights(at: Floats, axis: Floats, sigma: float) -> Weights:
    """Weights (len(at), len(axis)) that blur by sigma (in the axis' units); the axis is even."""
    weights = np.exp(-0.5 * ((at[:, None] - axis[None, :]) / sigma) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def weighted(image: Image, z: Weights, y: Weights, x: Weights) -> Image:
    """Apply one matrix an axis to an image [z, y, x]."""
    for weights in (z, y, x):  # each new axis becomes the last: three turns restore the order
        image = np.tensordot(image, weights, axes=(0, 1)).astype(np.float32, copy=False)
    return np.ascontiguousarray(image)


def interpolated(image: Image, at: list[Floats], axes: list[Floats]) -> Image:
    """Interpolate linearly on another grid, as `linear_weights` would.

    For small images: products of small matrices keep every thread of the machine busy with waiting.
    """
    for k in range(3):
        below, share = _neighbours(at[k], axes[k])
        low, high = image.take(below, k), image.take(below + 1, k)
        along = share.reshape([-1 if j == k else 1 for j in range(3)])
        image = (low + (high - low) * along).astype(np.float32)
    return image


def _neighbours(at: Floats, axis: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the index of the sample before each place, and how far the place is towards the next, 0 to 1."""
    position = np.interp(at, axis, np.arange(len(axis)))
    below = np.minimum(position.astype(np.int64), len(axis) - 2)
    return below, position - below
