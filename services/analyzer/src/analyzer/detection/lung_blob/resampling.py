"""Interpolating and blurring as one small matrix an axis: grids are separable, and a matrix product is fast."""

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats

Weights = NDArray[np.float32]


def linear_weights(at: Floats, axis: Floats) -> Weights:
    """Weights (len(at), len(axis)) that interpolate linearly; beyond the ends the end value holds."""
    position = np.interp(at, axis, np.arange(len(axis)))
    below = np.minimum(position.astype(np.int64), max(len(axis) - 2, 0))
    rows = np.arange(len(at))
    weights = np.zeros((len(at), len(axis)), dtype=np.float32)
    weights[rows, below] = 1 - (position - below)
    weights[rows, np.minimum(below + 1, len(axis) - 1)] += position - below
    return weights


def gaussian_weights(at: Floats, axis: Floats, sigma: float) -> Weights:
    """Weights (len(at), len(axis)) that blur by sigma (in the axis' units); the axis is even."""
    weights = np.exp(-0.5 * ((at[:, None] - axis[None, :]) / sigma) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def resampled(image: NDArray[np.float32], z: Weights, y: Weights, x: Weights) -> NDArray[np.float32]:
    """Apply one matrix an axis to an image [z, y, x]."""
    in_plane = y @ (image @ x.T)
    return np.tensordot(z, in_plane, axes=1).astype(np.float32, copy=False)
