"""A small image, and segmentations of it written attribute by attribute, so that each can be made malformed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.utils import pack_bits
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, SegmentationStorage

from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.references.segment import Segment
from testkit.images.dicom_datasets import SeriesIdentity, decimal_strings, slice_datasets

IDENTITY = SeriesIdentity()
SHAPE = (6, 9, 11)


@pytest.fixture
def series() -> Series:
    """6 slices of 9 x 11 pixels: a frame has 99 bits, so that packed frames start inside bytes."""
    heights = np.arange(6.0) * 3
    origins = np.stack([np.full(6, -20.0), np.full(6, 40.0), heights], axis=1)
    volume = Volume(
        np.zeros(SHAPE, dtype=np.int16),
        np.eye(3)[0],
        np.eye(3)[1],
        origins,
        (0.5, 2.0),
        "CT",
        frame_of_reference=IDENTITY.frame_of_reference,
    )
    return Series(volume, slice_datasets(volume, IDENTITY), [(k, 1) for k in range(6)], "study", "series")


@pytest.fixture
def mask() -> NDArray[np.bool_]:
    """An asymmetric mask."""
    inside = np.zeros(SHAPE, dtype=np.bool_)
    inside[1:4, 2:6, 3:9] = True
    inside[1, 2, 3:6] = inside[3, 5, 7:] = False
    return inside


def code(scheme: str, value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodingSchemeDesignator, item.CodeValue, item.CodeMeaning = scheme, value, meaning
    return item


LESION = code("SCT", "49755003", "Morphologically Abnormal Structure")


def described_segment(number: int, category: Dataset, property_type: Dataset, label: str) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = number, label
    item.SegmentedPropertyCategoryCodeSequence = [category]
    item.SegmentedPropertyTypeCodeSequence = [property_type]
    return item


def frame_group(number: int | None, position: NDArray[np.float64]) -> Dataset:
    group, plane_position = Dataset(), Dataset()
    plane_position.ImagePositionPatient = decimal_strings(position)
    group.PlanePositionSequence = [plane_position]
    if number is not None:
        identification = Dataset()
        identification.ReferencedSegmentNumber = number
        group.SegmentIdentificationSequence = [identification]
    return group


def shared_groups(grid: Volume, spacing_between: float | None) -> Dataset:
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = decimal_strings([*grid.row_direction, *grid.column_direction])
    measures.PixelSpacing = decimal_strings(grid.pixel_spacing[::-1])
    if spacing_between is not None:
        measures.SpacingBetweenSlices = decimal_strings([spacing_between])[0]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    return shared


def segmentation(
    grid: Volume,
    frames: Sequence[tuple[int | None, int, NDArray[np.integer | np.bool_]]],
    *,
    segmentation_type: str = "BINARY",
    numbers: Sequence[int] = (1,),
    identity: SeriesIdentity = IDENTITY,
    spacing_between: float | None = None,
    category: Dataset = LESION,
    type_: Dataset = LESION,
    label: str = "",
) -> Dataset:
    """Write `frames` (segment number, slice of the grid, pixels) as a DICOM SEG that refers to one series."""
    dataset, referenced = Dataset(), Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = SegmentationStorage
    dataset.FrameOfReferenceUID = identity.frame_of_reference
    referenced.SeriesInstanceUID = identity.series_uid
    dataset.ReferencedSeriesSequence = [referenced]
    dataset.SegmentationType = segmentation_type
    dataset.SegmentSequence = [described_segment(number, category, type_, label) for number in numbers]
    dataset.SharedFunctionalGroupsSequence = [shared_groups(grid, spacing_between)]
    dataset.PerFrameFunctionalGroupsSequence = [frame_group(number, grid.origins[k]) for number, k, _ in frames]
    pixels = np.stack([each for *_, each in frames])
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 1 if segmentation_type == "BINARY" else pixels.dtype.itemsize * 8
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    if segmentation_type == "FRACTIONAL":
        dataset.MaximumFractionalValue = 255
    content = pack_bits(pixels.astype(np.uint8)) if segmentation_type == "BINARY" else pixels.tobytes()
    dataset.PixelData = content + b"\0" * (len(content) % 2)
    return dataset


def structure_set(
    regions: Mapping[str, Sequence[NDArray[np.float64]]],
    *,
    types: Mapping[str, str] | None = None,
    identity: SeriesIdentity = IDENTITY,
    geometry: str = "CLOSED_PLANAR",
) -> Dataset:
    """Write name -> contours (n, 3) LPS mm as an RTSTRUCT that refers to the identity's frame of reference."""
    dataset = Dataset()
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.FrameOfReferenceUID = identity.frame_of_reference
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    dataset.RTROIObservationsSequence = []
    for number, (name, contours) in enumerate(regions.items(), start=1):
        item, drawn, observation = Dataset(), Dataset(), Dataset()
        item.ROINumber = drawn.ReferencedROINumber = observation.ReferencedROINumber = number
        item.ROIName = name
        observation.RTROIInterpretedType = (types or {}).get(name, "")
        drawn.ContourSequence = [_contour(each, geometry) for each in contours]
        dataset.StructureSetROISequence.append(item)
        dataset.ROIContourSequence.append(drawn)
        dataset.RTROIObservationsSequence.append(observation)
    return dataset


def _contour(points: NDArray[np.float64], geometry: str) -> Dataset:
    item = Dataset()
    item.ContourGeometricType = geometry
    item.NumberOfContourPoints = len(points)
    item.ContourData = decimal_strings(points.ravel())
    return item


def whole_mask(found: Segment, shape: tuple[int, ...] = SHAPE) -> NDArray[np.bool_]:
    painted = np.zeros(shape, dtype=np.bool_)
    window = tuple(slice(start, start + size) for start, size in zip(found.offset, found.mask.shape, strict=True))
    painted[window] = found.mask
    return painted


@pytest.fixture
def write_seg() -> Callable[..., Dataset]:
    return segmentation


@pytest.fixture
def write_structures() -> Callable[..., Dataset]:
    return structure_set


@pytest.fixture
def painted() -> Callable[..., NDArray[np.bool_]]:
    """Paint a segment into an array of the volume's shape."""
    return whole_mask
