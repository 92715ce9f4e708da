"""A volume as one multi-frame dataset with functional groups."""

from collections.abc import Sequence

from pydicom import Dataset, uid

from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import (
    STORED_OFFSET,
    SeriesIdentity,
    add_pixels,
    add_series_attributes,
    decimal_strings,
    file_meta,
)

CLASSES = {
    ("CT", False): uid.EnhancedCTImageStorage,
    ("CT", True): uid.LegacyConvertedEnhancedCTImageStorage,
    ("MR", False): uid.EnhancedMRImageStorage,
    ("MR", True): uid.LegacyConvertedEnhancedMRImageStorage,
}


def multi_frame_dataset(
    volume: Volume,
    identity: SeriesIdentity | None = None,
    *,
    legacy: bool = False,
    order: Sequence[int] | None = None,
) -> Dataset:
    """Return the volume as one enhanced (or legacy converted) dataset, its slices in `order` (default: ascending)."""
    order = list(range(len(volume.voxels)) if order is None else order)
    identity = identity or SeriesIdentity()
    dataset = Dataset()
    add_series_attributes(dataset, volume, identity)
    dataset.SOPClassUID = CLASSES[volume.modality, legacy]
    dataset.SOPInstanceUID = identity.instance_uid(0)
    dataset.InstanceNumber = 1
    dataset.NumberOfFrames = len(order)
    dataset.SharedFunctionalGroupsSequence = [_shared_groups(volume)]
    dataset.PerFrameFunctionalGroupsSequence = [_frame_groups(volume, index) for index in order]
    add_pixels(dataset, volume, volume.voxels[order])
    for keyword in ("RescaleSlope", "RescaleIntercept", "RescaleType"):
        dataset.pop(keyword, None)
    dataset.file_meta = file_meta(dataset)
    return dataset


def _shared_groups(volume: Volume) -> Dataset:
    groups, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = decimal_strings([*volume.row_direction, *volume.column_direction])
    measures.PixelSpacing = decimal_strings(volume.pixel_spacing[::-1])
    groups.PlaneOrientationSequence = [orientation]
    groups.PixelMeasuresSequence = [measures]
    return groups


def _frame_groups(volume: Volume, index: int) -> Dataset:
    groups, position, transformation = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = decimal_strings(volume.origins[index])
    groups.PlanePositionSequence = [position]
    if volume.modality == "CT":
        transformation.RescaleIntercept = str(-STORED_OFFSET)
        transformation.RescaleSlope = "1"
        transformation.RescaleType = "HU"
        groups.PixelValueTransformationSequence = [transformation]
    return groups
