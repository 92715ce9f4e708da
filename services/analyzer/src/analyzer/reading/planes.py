"""Image planes of DICOM frames: position, orientation, spacing and rescaling."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pydicom import Dataset

from analyzer.reading.ignored_files import FileIgnored, Reason
from analyzer.reading.marks import Marks, marks_of_file, marks_of_frames

Vector = tuple[float, float, float]

MAX_COORDINATE_MM = 1e5
HOUNSFIELD_TYPES = frozenset({"", "HU", "HU_MOD", "US"})


@dataclass(frozen=True)
class Plane:
    """The image plane of a frame.

    Attributes:
        frame: frame number in the file, from 1.
        row_direction: unit vector of increasing column index.
        column_direction: unit vector of increasing row index, perpendicular to it.
        position: centre of the first voxel, LPS mm.
        spacing: (between columns, between rows), mm.
        slope, intercept: value = stored value x slope + intercept.
        hounsfield: the values of a CT are Hounsfield units (RescaleType).
        marks: what tells the volumes of one series apart.
    """

    frame: int
    row_direction: Vector
    column_direction: Vector
    position: Vector
    spacing: tuple[float, float]
    slope: float
    intercept: float
    hounsfield: bool
    marks: Marks = field(repr=False)


def planes_of(dataset: Dataset, modality: str) -> tuple[Plane, ...]:
    """Return the planes of a single-frame or multi-frame (functional groups) data set.

    Raises `FileIgnored(GEOMETRY_MISSING)` when a position, an orientation, a spacing or (for CT) the rescale slope is
    missing, zero, or not a number.
    """
    frames = int(dataset.get("NumberOfFrames") or 1)
    groups: Sequence[Dataset] = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if not groups and frames == 1:
        return (_plane(1, dataset, dataset, dataset, dataset, modality, marks_of_file(dataset)),)
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    if len(groups) != frames:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    marks = marks_of_frames(dataset, shared, groups)
    return tuple(
        _plane_of_group(number, group, shared, modality, own)
        for number, (group, own) in enumerate(zip(groups, marks, strict=True), start=1)
    )


def _plane_of_group(number: int, group: Dataset, shared: Dataset, modality: str, marks: Marks) -> Plane:
    def macro(keyword: str) -> Dataset:
        items = group.get(keyword) or shared.get(keyword)
        return items[0] if items else Dataset()

    return _plane(
        number,
        macro("PlaneOrientationSequence"),
        macro("PlanePositionSequence"),
        macro("PixelMeasuresSequence"),
        macro("PixelValueTransformationSequence"),
        modality,
        marks,
    )


def _plane(
    number: int,
    orientation: Dataset,
    position: Dataset,
    measures: Dataset,
    transformation: Dataset,
    modality: str,
    marks: Marks,
) -> Plane:
    row, column = _directions(_numbers(orientation, "ImageOrientationPatient", 6))
    x, y, z = _numbers(position, "ImagePositionPatient", 3)
    between_rows, between_columns = _numbers(measures, "PixelSpacing", 2)
    if min(between_rows, between_columns) <= 0:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    slope, intercept = _rescale(transformation, modality)
    hounsfield = str(transformation.get("RescaleType") or "") in HOUNSFIELD_TYPES
    return Plane(
        number,
        row,
        column,
        (x, y, z),
        (between_columns, between_rows),
        slope,
        intercept,
        hounsfield,
        marks,
    )


def _numbers(dataset: Dataset, keyword: str, count: int) -> list[float]:
    """Return exactly `count` finite numbers of plausible magnitude."""
    value: object = dataset.get(keyword)
    if not isinstance(value, Sequence) or len(value) != count:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    try:
        numbers = [float(item) for item in value]
    except (TypeError, ValueError):
        raise FileIgnored(Reason.GEOMETRY_MISSING) from None
    if not all(np.isfinite(numbers)) or max(map(abs, numbers)) > MAX_COORDINATE_MM:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    return numbers


def _directions(cosines: list[float]) -> tuple[Vector, Vector]:
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if not np.allclose(lengths, 1, atol=0.01) or abs(row @ column) > 0.01:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    row = row / lengths[0]
    column = column - (column @ row) * row
    column = column / np.linalg.norm(column)
    return _vector(row), _vector(column)


def _vector(array: np.ndarray) -> Vector:
    x, y, z = (float(value) for value in array)
    return x, y, z


def _rescale(dataset: Dataset, modality: str) -> tuple[float, float]:
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if slope is None and intercept is None and modality != "CT":
        return 1.0, 0.0
    try:
        numbers = float(slope), float(intercept)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        raise FileIgnored(Reason.GEOMETRY_MISSING) from None
    if not all(np.isfinite(numbers)) or numbers[0] == 0 or max(map(abs, numbers)) > MAX_COORDINATE_MM:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    return numbers
