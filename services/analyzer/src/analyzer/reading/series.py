"""Grouping of slices into series on one grid, their order, and the rank of a series for the analysis."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzer.reading.images import Image
from analyzer.reading.planes import Plane

SAME_POSITION_MM = 0.01
MIN_SLICES = 8


class Slice(NamedTuple):
    """A frame of an image file."""

    image: Image
    plane: Plane


class Rank(NamedTuple):
    """Sort key of a series, lowest first; the field names are the reasons in a result."""

    other_modality: bool
    few_slices: bool
    nifti_beside_dicom: bool
    derived: bool
    thicker_slices: float
    fewer_slices: int
    same_rank: tuple[str, ...]

    def first_difference(self, best: "Rank") -> str:
        """Return the name of the first field that differs from the rank of the best series."""
        fields = zip(self._fields, self, best, strict=True)
        return next((name for name, own, other in fields if own != other), "same_rank")


@dataclass(frozen=True)
class ImageSeries:
    """Slices on one grid, ascending along the normal, with distinct positions; `dropped` are the duplicates."""

    slices: Sequence[Slice] = field(repr=False)
    dropped: Sequence[Slice] = field(repr=False)

    @property
    def first(self) -> Image:
        """The image file of the lowest slice."""
        return self.slices[0].image

    @property
    def uid(self) -> str:
        """The series UID or, without one, the UIDs of its instances."""
        return self.first.series_uid or "|".join(sorted(item.image.instance_uid for item in self.slices))

    @property
    def positions(self) -> NDArray[np.float64]:
        """(slices,), mm along the normal."""
        return np.array(_along_normal(self.slices))

    @property
    def rank(self) -> Rank:
        """Rank for the analysis: CT, ORIGINAL/PRIMARY, thinnest, most slices; the smallest UID breaks ties."""
        spacing = float(np.median(np.diff(self.positions))) if len(self.slices) > 1 else float("inf")
        return Rank(
            other_modality=self.first.modality != "CT",
            few_slices=len(self.slices) < MIN_SLICES,
            nifti_beside_dicom=False,
            derived=not self.first.original,
            thicker_slices=round(spacing, 2),
            fewer_slices=-len(self.slices),
            same_rank=(self.uid, str(self.first.order[:2]), self.first.instance_uid, str(self.slices[0].plane)),
        )


def group_series(images: Iterable[Image]) -> tuple[list[ImageSeries], list[str]]:
    """Return the series, and the UIDs of those with no two slices on a common grid."""
    groups: dict[tuple[object, ...], list[Slice]] = defaultdict(list)
    for image in images:
        for plane in image.planes:
            groups[_grid_key(image, plane)].append(Slice(image, plane))
    by_uid: dict[str, list[list[Slice]]] = defaultdict(list)
    for slices in groups.values():
        by_uid[slices[0].image.series_uid or slices[0].image.frame_of_reference].append(slices)
    mixed = [uid for uid, grids in by_uid.items() if len(grids) > 1 and max(map(len, grids)) == 1]
    series = [
        split for uid, grids in by_uid.items() if uid not in mixed for slices in grids for split in _split(slices)
    ]
    return series, mixed


def _grid_key(image: Image, plane: Plane) -> tuple[object, ...]:
    return (
        image.series_uid or ("", image.frame_of_reference),
        tuple(np.round([*plane.row_direction, *plane.column_direction], 3) + 0.0),
        (image.rows, image.columns),
        tuple(np.round(plane.spacing, 4)),
        image.modality,
    )


def _split(slices: list[Slice]) -> list[ImageSeries]:
    """Split slices at equal positions by acquisition; if that leaves duplicates, keep the first at each position."""
    whole = _ordered(slices)
    if not whole.dropped:
        return [whole]
    acquisitions: dict[tuple[int, int], list[Slice]] = defaultdict(list)
    for item in slices:
        acquisitions[item.image.order[:2]].append(item)
    series = [_ordered(acquisition) for acquisition in acquisitions.values()]
    return [whole] if any(split.dropped for split in series) else series


def _ordered(slices: list[Slice]) -> ImageSeries:
    positions = dict(zip(map(id, slices), _along_normal(slices), strict=True))
    kept: list[Slice] = []
    dropped: list[Slice] = []
    for item in sorted(slices, key=lambda item: (positions[id(item)], *_precedence(item))):
        if kept and positions[id(item)] - positions[id(kept[-1])] < SAME_POSITION_MM:
            first, second = sorted((kept[-1], item), key=_precedence)
            kept[-1] = first
            dropped.append(second)
        else:
            kept.append(item)
    return ImageSeries(kept, dropped)


def _precedence(item: Slice) -> tuple[object, ...]:
    return (item.image.order, item.image.instance_uid, item.plane.frame)


def _along_normal(slices: Sequence[Slice]) -> list[float]:
    plane = slices[0].plane
    normal = np.cross(plane.row_direction, plane.column_direction)
    positions = np.array([item.plane.position for item in slices])
    return [float(position) for position in positions @ normal]
