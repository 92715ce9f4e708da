"""Grouping of slices into volumes on one grid, and the rank of a volume for the analysis."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analyzer.reading.grids import by_grid
from analyzer.reading.images import Image
from analyzer.reading.stacks import Floats, Slice, Stack
from analyzer.reading.volumes import Copies, VolumesIndistinct, separated

MIN_SLICES = 8


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
    """A volume of a DICOM series: slices on one grid, ascending along the normal, with distinct positions.

    Attributes:
        slices: its frames.
        copies: frames on this grid that repeat one of the volumes' slices.
        grid: number of the grid in the series.
        number: place among the volumes on this grid, from 0, in the order of their marks.
    """

    slices: Sequence[Slice] = field(repr=False)
    copies: Sequence[Slice] = field(repr=False)
    grid: int
    number: int

    @property
    def first(self) -> Image:
        """The image file of the lowest slice."""
        return self.slices[0].image

    @property
    def uid(self) -> str:
        """The series UID or, without one, the UIDs of its instances."""
        return self.first.series_uid or "|".join(sorted(item.image.instance_uid for item in self.slices))

    @property
    def positions(self) -> Floats:
        """(slices,), mm along the normal."""
        return Stack.of(self.slices).positions

    @property
    def rank(self) -> Rank:
        """Rank for the analysis: CT, ORIGINAL/PRIMARY, thinnest, most slices, first; the smallest UID breaks ties."""
        spacing = float(np.median(np.diff(self.positions))) if len(self.slices) > 1 else float("inf")
        return Rank(
            other_modality=self.first.modality != "CT",
            few_slices=len(self.slices) < MIN_SLICES,
            nifti_beside_dicom=False,
            derived=not self.first.original,
            thicker_slices=round(spacing, 2),
            fewer_slices=-len(self.slices),
            same_rank=(self.uid, f"{self.number:06}", self.first.instance_uid, str(self.slices[0].plane)),
        )


@dataclass(frozen=True)
class Grouping:
    """The volumes of an upload, and the identities of the series whose volumes cannot be told apart."""

    series: Sequence[ImageSeries]
    mixed: Sequence[str]


def group_series(images: Iterable[Image], copies: Copies) -> Grouping:
    """Group the frames of the images into volumes; `copies` finds frames with equal pixels in a stack."""
    by_identity: dict[str, list[Slice]] = defaultdict(list)
    for image in images:
        by_identity[image.identity] += [Slice(image, plane) for plane in image.planes]
    series: list[ImageSeries] = []
    mixed: list[str] = []
    for identity, slices in sorted(by_identity.items()):
        grids = by_grid(slices)
        if len(grids) > 1 and max(map(len, grids)) == 1:
            mixed.append(identity)
            continue
        for number, grid in enumerate(grids):
            try:
                series += _volumes(grid, number, copies)
            except VolumesIndistinct:
                mixed.append(identity)
    return Grouping(series, mixed)


def _volumes(slices: Sequence[Slice], grid: int, copies: Copies) -> list[ImageSeries]:
    stack = Stack.of(slices)
    different = stack.part(_different(stack))
    volumes = separated(different, copies)
    kept = {id(item) for volume in volumes for item in volume.slices}
    dropped = [item for item in stack.slices if id(item) not in kept]
    return [ImageSeries(volume.slices, dropped, grid, number) for number, volume in enumerate(volumes)]


def _different(stack: Stack) -> list[int]:
    """Return the indices of the slices without the copies of one object at one position."""
    seen: set[tuple[object, ...]] = set()
    different: list[int] = []
    for index, item in enumerate(stack.slices):
        key = (item.image.instance_uid, item.plane.frame, item.plane.marks, int(stack.levels[index]))
        if not item.image.instance_uid or key not in seen:
            different.append(index)
        seen.add(key)
    return different
