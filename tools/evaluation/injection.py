"""Injection of synthetic nodules into a real CT: real anatomy and noise with a known ground truth."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from analyzer.detection.lung_blob.lungs import find_lungs
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.scan import Scan
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
from testkit.images.phantom import Nodule, Phantom, PlacedNodule
from testkit.images.phantom_nodules import oriented

Floats = NDArray[np.float64]

SEED = 9500
DIAMETERS_MM = (6.5, 8.0, 10.0, 12.0)
SCANS_PER_DIAMETER = 8
"""Scans for each diameter, with one nodule each."""
NODULE_HU = 30.0
PLEURA_CLEARANCE_MM = 3.0
"""One voxel of the real CT: closer nodules are fused with the pleura, which is outside of the detector's scope."""
POINT_SPREAD_MM = 0.6
SUBSAMPLES = 3
"""Each voxel is averaged over 3 x 3 x 3 points."""


def read_volume(path: Path) -> Volume:
    """Read an image the way the product does."""
    return read_study([path], ReadingLimits(), lambda _stage, _share: None, b"evaluation").series.volume


def injected(volume: Volume) -> Iterator[Phantom]:
    """Yield scans with one nodule each, of all diameters that fit into the lungs."""
    depth = lung_depth(volume)
    rng = np.random.default_rng(SEED)
    for diameter in DIAMETERS_MM:
        for _ in range(SCANS_PER_DIAMETER):
            shape = Nodule(diameter, elongation=float(rng.uniform(1, 1.3)), lobulation=float(rng.uniform(0, 0.1)))
            nodule = oriented(shape, rng)
            candidates = np.argwhere(depth >= nodule.reach_mm + PLEURA_CLEARANCE_MM)
            if len(candidates):
                voxel = candidates[rng.integers(len(candidates))][::-1].astype(np.float64)
                x, y, z = (float(c) for c in volume.to_patient(voxel[np.newaxis])[0])
                yield inject(volume, replace(nodule, centre_mm=(x, y, z)))


def lung_depth(volume: Volume) -> Floats:
    """Distance (mm) of each voxel to the lungs' surface or to the first or last slice; 0 outside."""
    scan = Scan.of(volume)
    lungs = find_lungs(scan, Parameters())
    if lungs is None:
        raise ValueError("the image has no lungs to inject a nodule into")
    index = [np.rint((a - o) / s).astype(np.int64) for a, o, s in zip(scan.axes, lungs.origin, lungs.step, strict=True)]
    known = [(i >= 0) & (i < n) for i, n in zip(index, lungs.mask.shape, strict=True)]
    inside = np.zeros(volume.voxels.shape, dtype=np.bool_)
    inside[np.ix_(*known)] = lungs.mask[np.ix_(*(i[k] for i, k in zip(index, known, strict=True)))]
    mask = np.pad(inside, ((1, 1), (0, 0), (0, 0)))
    columns, rows, slices = volume.spacing
    return np.asarray(distance_transform_edt(mask, sampling=(slices, rows, columns)), dtype=np.float64)[1:-1]


def inject(volume: Volume, nodule: PlacedNodule) -> Phantom:
    """Blend a nodule of soft tissue into the image, with partial volume and blur; denser voxels are unchanged."""
    labels = np.zeros(volume.voxels.shape, dtype=np.uint8)
    voxels = volume.voxels.astype(np.int16)
    window = surroundings(volume, nodule)
    share, inside = sampled(volume, nodule, window)
    around = voxels[window]
    voxels[window] = np.rint(around + share * np.maximum(NODULE_HU - around, 0))
    labels[window] = inside >= 0.5
    return Phantom(replace(volume, voxels=voxels), labels, (nodule,))


def surroundings(volume: Volume, nodule: PlacedNodule) -> tuple[slice, slice, slice]:
    """Return the slices, rows and columns that the nodule affects (axes along LPS)."""
    reach = nodule.reach_mm + 4 * POINT_SPREAD_MM + max(volume.spacing)
    middle = np.array(nodule.centre_mm) - volume.origins[0]
    low = np.floor((middle - reach) / volume.spacing).astype(int)
    high = np.ceil((middle + reach) / volume.spacing).astype(int) + 1
    x, y, z = (slice(max(int(a), 0), max(int(b), 0)) for a, b in zip(low, high, strict=True))
    return z, y, x


def sampled(volume: Volume, nodule: PlacedNodule, window: tuple[slice, slice, slice]) -> tuple[Floats, Floats]:
    """Return the share of each voxel of the window that the nodule fills, with and without the point spread."""
    z, y, x = (
        first + subsamples(part, count) * step
        for first, part, count, step in zip(
            volume.origins[0, ::-1], window, volume.voxels.shape, volume.spacing[::-1], strict=True
        )
    )
    planes = [nodule.occupancy(x[None, :], y[:, None], float(height), POINT_SPREAD_MM) for height in z]
    share = np.stack([blurred for blurred, _ in planes])
    inside = np.stack([distance <= 0 for _, distance in planes])
    return voxel_means(share), voxel_means(inside)


def subsamples(part: slice, count: int) -> Floats:
    """Return the fractional indices of the sampling points of the voxels in a part of an axis."""
    indices = np.arange(part.start, min(part.stop, count))
    return (indices[:, None] + (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5).ravel()


def voxel_means(samples: NDArray[np.float64 | np.bool_]) -> Floats:
    """Average the sampling points of each voxel."""
    z, y, x = (n // SUBSAMPLES for n in samples.shape)
    return samples.reshape(z, SUBSAMPLES, y, SUBSAMPLES, x, SUBSAMPLES).mean(axis=(1, 3, 5))
