"""Conversion of probabilities on the grid of the model to candidates on the native grid of the image."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer import messages
from analyzer.detection.onnx_model.checks import model_error
from analyzer.detection.onnx_model.grid import Grid
from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume

MAX_REGIONS = 1000
CONNECTIVITY_26 = np.ones((3, 3, 3), bool)
STABILITY_DELTA = 0.1
"""Stability compares the masks at the threshold minus and plus this probability."""


def candidates(
    volume: Volume, grid: Grid, probabilities: NDArray[np.float32], threshold: float, channel: int
) -> Iterator[Candidate]:
    """Yield each connected component (26-connectivity) above the threshold, as a mask on the grid of the volume.

    The probabilities, not the mask, are interpolated. The score is their mean within the mask. A region that
    contains no voxel centre of the volume is omitted.
    """
    labels = np.zeros(probabilities.shape, np.int32)
    ndimage.label(probabilities >= threshold, CONNECTIVITY_26, output=labels)
    count = int(labels.max())
    if count > MAX_REGIONS:
        raise model_error(messages.MODEL_TOO_MANY_REGIONS.format(count=count))
    for label, extent in enumerate(ndimage.find_objects(labels), 1):
        start = np.array([max(0, s.start - 1) for s in extent])
        box = tuple(slice(a, s.stop + 1) for a, s in zip(start, extent, strict=True))
        near = ndimage.binary_dilation(labels[box] == label, CONNECTIVITY_26)
        offset, values = _on_native_grid(volume, grid, np.where(near, probabilities[box], np.float32(0)), start)
        mask = values >= threshold
        if mask.any():
            yield Candidate(
                offset=offset,
                mask=mask,
                source="detected",
                score=float(values[mask].mean()),
                stability=_stability(values, threshold),
                features={"channel": float(channel)},
            )


def _on_native_grid(
    volume: Volume, grid: Grid, part: NDArray[np.float32], start: NDArray[np.int64]
) -> tuple[tuple[int, int, int], NDArray[np.float32]]:
    """Return the offset of the part in the volume, (slice, row, column), and its resampled values."""
    corners = np.array(list(product(*((a, a + n - 1) for a, n in zip(start, part.shape, strict=True)))), np.float64)
    bounds = volume.to_voxels(grid.to_patient(corners))[:, ::-1]
    low = np.maximum(np.floor(bounds.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(bounds.max(axis=0)).astype(int) + 2, volume.voxels.shape)
    shape = tuple(int(n) for n in np.maximum(high - low, 1))
    voxels = np.indices(shape, dtype=np.float64).reshape(3, -1).T + low
    indices = grid.to_indices(volume.to_patient(voxels[:, ::-1])) - start
    values = np.asarray(ndimage.map_coordinates(part, indices.T, np.float32, order=1, cval=0.0), np.float32)
    return (int(low[0]), int(low[1]), int(low[2])), values.reshape(shape)


def _stability(values: NDArray[np.float32], threshold: float) -> float:
    """Return the Dice of the masks slightly below and slightly above the threshold."""
    wide = np.count_nonzero(values >= threshold - STABILITY_DELTA)
    narrow = np.count_nonzero(values >= threshold + STABILITY_DELTA)
    return 2 * narrow / (wide + narrow)
