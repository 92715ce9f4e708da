"""From probabilities on the model's grid to masks on the image's own."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.onnx_model.checks import model_error
from analyzer.detection.onnx_model.grid import Grid
from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume

MOST_REGIONS = 1000
TOUCHING = np.ones((3, 3, 3), bool)
NEIGHBOUR_THRESHOLDS = 0.1
"""How far on either side of the threshold the masks are that stability compares."""


def candidates(
    volume: Volume, grid: Grid, probabilities: NDArray[np.float32], threshold: float, channel: int
) -> Iterator[Candidate]:
    """Yield each connected region (26 neighbours) of at least the threshold, as a mask on the volume's grid.

    The probabilities, not the mask, are interpolated. The score is their mean within the mask. A region that
    covers no voxel centre of the volume is left out.
    """
    labels = np.zeros(probabilities.shape, np.int32)
    ndimage.label(probabilities >= threshold, TOUCHING, output=labels)
    count = int(labels.max())
    if count > MOST_REGIONS:
        raise model_error(f"Модель отметила слишком много областей: {count}")
    for label, found in enumerate(ndimage.find_objects(labels), 1):
        start = np.array([max(0, s.start - 1) for s in found])
        box = tuple(slice(a, s.stop + 1) for a, s in zip(start, found, strict=True))
        near = ndimage.binary_dilation(labels[box] == label, TOUCHING)
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
    """Return where the part lies in the volume, (slice, row, column), and its values there."""
    corners = np.array(list(product(*((a, a + n - 1) for a, n in zip(start, part.shape, strict=True)))), np.float64)
    at = volume.to_voxels(grid.to_patient(corners))[:, ::-1]
    low = np.maximum(np.floor(at.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(at.max(axis=0)).astype(int) + 2, volume.voxels.shape)
    shape = tuple(int(n) for n in np.maximum(high - low, 1))
    voxels = np.indices(shape, dtype=np.float64).reshape(3, -1).T + low
    indices = grid.to_indices(volume.to_patient(voxels[:, ::-1])) - start
    values = np.asarray(ndimage.map_coordinates(part, indices.T, np.float32, order=1, cval=0.0), np.float32)
    return (int(low[0]), int(low[1]), int(low[2])), values.reshape(shape)


def _stability(values: NDArray[np.float32], threshold: float) -> float:
    """Return the Dice of the masks a little below and a little above the threshold."""
    wide = np.count_nonzero(values >= threshold - NEIGHBOUR_THRESHOLDS)
    narrow = np.count_nonzero(values >= threshold + NEIGHBOUR_THRESHOLDS)
    return 2 * narrow / (wide + narrow)
