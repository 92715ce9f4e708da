"""Rendering of shapes to Hounsfield units on a grid, with partial volume, point spread and noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

from analyzer.domain.volume import Volume
from testkit.images.phantom_anatomy import Chest
from testkit.images.phantom_nodules import PlacedNodule

Floats = NDArray[np.float64]

AIR_HU, LUNG_HU, TISSUE_HU, VESSEL_HU = -1000.0, -850.0, 40.0, 40.0
POINT_SPREAD_MM = 0.6
"""Standard deviation of the point spread of the scanner."""
SUBSLICE_MM = 1.0
NOISE_GRAIN_PIXELS = 0.6
EDGE = 4.0
"""Number of standard deviations of the blur beyond which a surface has no effect."""


@dataclass(frozen=True)
class Scanner:
    """Sampling grid of the phantom."""

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origins: Floats

    @classmethod
    def of(
        cls,
        shape: tuple[int, int, int],
        spacing: tuple[float, float, float],
        slice_positions: Sequence[float] | None,
        tilt_degrees: float,
    ) -> "Scanner":
        """Centre the grid on LPS (0, 0, 0); tilt shifts each slice along its columns."""
        slices, rows, columns = shape
        even = (np.arange(slices) - (slices - 1) / 2) * spacing[2]
        z = even if slice_positions is None else np.asarray(slice_positions, dtype=np.float64)
        if len(z) != slices:
            raise ValueError("one position per slice")
        x = np.full(slices, -(columns - 1) / 2 * spacing[0])
        y = -(rows - 1) / 2 * spacing[1] + z * np.tan(np.radians(tilt_degrees))
        return cls(shape, spacing, np.stack([x, y, z], axis=1))

    @property
    def field_of_view_mm(self) -> tuple[float, float, float]:
        """(columns, rows, slices)."""
        reach = 2 * float(np.abs(self.origins[:, 2]).max()) + self.spacing[2]
        return self.shape[2] * self.spacing[0], self.shape[1] * self.spacing[1], reach

    @property
    def blur_mm(self) -> float:
        """Standard deviation of point spread and pixel aperture combined."""
        return float(np.hypot(POINT_SPREAD_MM, max(self.spacing[:2]) / np.sqrt(12)))

    def volume(self, voxels: NDArray[np.int16]) -> Volume:
        """Return the voxels as a volume on this grid."""
        return Volume(voxels, np.eye(3)[0], np.eye(3)[1], self.origins, self.spacing[:2], "CT")


def render(
    scanner: Scanner, chest: Chest, nodules: Sequence[PlacedNodule], noise_hu: float, rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Sample the shapes: HU (int16) and labels (uint8), both [slice, row, column]."""
    voxels = np.empty(scanner.shape, dtype=np.int16)
    labels = np.zeros(scanner.shape, dtype=np.uint8)
    for k, origin in enumerate(scanner.origins):
        hu = render_slice(scanner, chest, nodules, origin, labels[k])
        voxels[k] = np.rint(np.clip(hu + noise(hu.shape, noise_hu, rng), -1024, 3071))
    return voxels, labels


def noise(shape: tuple[int, ...], hu: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise of a given standard deviation, correlated like that of a reconstruction."""
    white = rng.standard_normal(shape, dtype=np.float32)
    grain = gaussian_filter(white, NOISE_GRAIN_PIXELS)
    return (grain * (hu / max(float(grain.std()), 1e-6))).astype(np.float32)


def render_slice(
    scanner: Scanner, chest: Chest, nodules: Sequence[PlacedNodule], origin: Floats, labels: NDArray[np.uint8]
) -> Floats:
    """Average subslice planes of a slice; also fills its labels."""
    x = origin[0] + np.arange(scanner.shape[2]) * scanner.spacing[0]
    y = origin[1] + np.arange(scanner.shape[1]) * scanner.spacing[1]
    count = max(1, round(scanner.spacing[2] / SUBSLICE_MM))
    heights = origin[2] + ((np.arange(count) + 0.5) / count - 0.5) * scanner.spacing[2]
    planes = [Plane(x, y, float(z), scanner.blur_mm) for z in heights]
    for plane in planes:
        plane.draw_chest(chest)
    for label, nodule in enumerate(nodules, start=1):
        filled = sum(plane.draw_nodule(nodule) for plane in planes)
        labels[filled >= count / 2] = label
    return np.mean([plane.hu for plane in planes], axis=0)


class Plane:
    """An infinitely thin plane of pixels at x, y (mm, ascending) and z."""

    def __init__(self, x: Floats, y: Floats, z: float, blur_mm: float) -> None:
        self.x, self.y, self.z, self.blur_mm = x, y, z, blur_mm
        self.hu = np.full((len(y), len(x)), AIR_HU)

    def draw_chest(self, chest: Chest) -> None:
        """Draw body, lungs and vessels."""
        across, down = self.x[None, :], self.y[:, None]
        self.hu += (TISSUE_HU - AIR_HU) * ndtr(-chest.body.distance(across, down, self.z) / self.blur_mm)
        if chest.lungs:
            self.hu += (LUNG_HU - TISSUE_HU) * ndtr(-chest.lung_distance(across, down, self.z) / self.blur_mm)
        for vessel in chest.vessels:
            low, high = np.minimum(vessel.start, vessel.end), np.maximum(vessel.start, vessel.end)
            if window := self.window(low, high, vessel.radius):
                rows, columns = window
                share = ndtr(-vessel.distance(across[:, columns], down[rows], self.z) / self.blur_mm)
                self.brighten(window, LUNG_HU + share * (VESSEL_HU - LUNG_HU))

    def draw_nodule(self, nodule: PlacedNodule) -> Floats:
        """Draw a nodule; return the share of each pixel that it fills."""
        filled = np.zeros_like(self.hu)
        centre = np.array(nodule.centre_mm)
        if window := self.window(centre, centre, nodule.reach_mm):
            rows, columns = window
            across, down = self.x[None, columns], self.y[rows, None]
            share, distance = nodule.occupancy(across, down, self.z, self.blur_mm)
            self.brighten(window, LUNG_HU + share * nodule.shape.contrast_hu)
            filled[window] = np.clip(0.5 - distance / (self.x[1] - self.x[0]), 0, 1)
        return filled

    def brighten(self, window: tuple[slice, slice], hu: Floats) -> None:
        """Overlay by maximum intensity: the denser object is visible."""
        self.hu[window] = np.maximum(self.hu[window], hu)

    def window(self, low: Floats, high: Floats, reach: float) -> tuple[slice, slice] | None:
        """Return the rows and columns that a box with blurred edges affects; None when there are none."""
        reach += EDGE * self.blur_mm
        if not low[2] - reach < self.z < high[2] + reach:
            return None
        rows = slice(*(int(i) for i in np.searchsorted(self.y, [low[1] - reach, high[1] + reach])))
        columns = slice(*(int(i) for i in np.searchsorted(self.x, [low[0] - reach, high[0] + reach])))
        return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None
