"""DICOM datasets of a volume with known voxels and geometry."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid
from pydicom.valuerep import format_number_as_ds

from analyzer.domain.volume import Volume

STORED_OFFSET = 1024
"""CT is stored as HU + 1024 with a rescale intercept of -1024, as scanners store it."""

STORAGE_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage}


@dataclass(frozen=True)
class SeriesIdentity:
    """The UIDs of a written series; equal seeds give equal UIDs, so that two writers can reference one series."""

    seed: str = "phantom"
    series: str = "1"

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID."""
        return self._uid("study")

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID."""
        return self._uid("series", self.series)

    @property
    def frame_of_reference(self) -> str:
        """FrameOfReferenceUID."""
        return self._uid("frame of reference")

    def instance_uid(self, number: int) -> str:
        """SOPInstanceUID of slice `number`, counted from 0."""
        return self._uid("instance", self.series, str(number))

    def _uid(self, *names: str) -> str:
        return generate_uid(entropy_srcs=[self.seed, *names])


def decimal_strings(values: Sequence[float] | NDArray[np.float64]) -> list[str]:
    """Return the values as DICOM decimal strings of at most 16 characters."""
    return [format_number_as_ds(float(value)) for value in values]


def slice_datasets(volume: Volume, identity: SeriesIdentity | None = None) -> list[Dataset]:
    """Return one uncompressed single-frame dataset per slice (explicit VR little endian), in the volume's order."""
    identity = identity or SeriesIdentity()
    return [_slice_dataset(volume, index, identity) for index in range(len(volume.voxels))]


def _slice_dataset(volume: Volume, index: int, identity: SeriesIdentity) -> Dataset:
    dataset = Dataset()
    add_series_attributes(dataset, volume, identity)
    dataset.SOPClassUID = STORAGE_CLASSES[volume.modality]
    dataset.SOPInstanceUID = identity.instance_uid(index)
    dataset.InstanceNumber = index + 1
    dataset.ImageOrientationPatient = decimal_strings([*volume.row_direction, *volume.column_direction])
    dataset.ImagePositionPatient = decimal_strings(volume.origins[index])
    dataset.PixelSpacing = decimal_strings(volume.pixel_spacing[::-1])
    if len(volume.voxels) > 1:
        dataset.SliceThickness = decimal_strings([volume.slice_spacing])[0]
    add_pixels(dataset, volume, volume.voxels[index])
    dataset.file_meta = file_meta(dataset)
    return dataset


def add_series_attributes(dataset: Dataset, volume: Volume, identity: SeriesIdentity) -> None:
    """Set the attributes that all instances of a series share."""
    dataset.StudyInstanceUID = identity.study_uid
    dataset.SeriesInstanceUID = identity.series_uid
    dataset.FrameOfReferenceUID = identity.frame_of_reference
    dataset.Modality = volume.modality
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientName = "Phantom^Test"
    dataset.PatientID = "PHANTOM"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.StudyDate = "20240101"
    dataset.StudyTime = "000000"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"
    dataset.SeriesNumber = 1
    dataset.Manufacturer = "California Gold"
    dataset.PositionReferenceIndicator = ""


def add_pixels(dataset: Dataset, volume: Volume, voxels: NDArray[np.int16] | NDArray[np.float32]) -> None:
    """Set the pixel data and its attributes; `voxels` is one slice, or several for a multi-frame dataset."""
    offset = STORED_OFFSET if volume.modality == "CT" else 0
    stored = np.asarray(voxels, dtype=np.int32) + offset
    if not np.array_equal(stored, stored.astype(np.int16)) or not np.array_equal(stored - offset, voxels):
        raise ValueError("only integral values that fit 16 bits can be written")
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = 16
    dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    if offset:
        dataset.RescaleIntercept = str(-offset)
        dataset.RescaleSlope = "1"
        dataset.RescaleType = "HU"
    dataset.PixelData = stored.astype("<i2").tobytes()


def file_meta(dataset: Dataset) -> FileMetaDataset:
    """Return the file meta information of an uncompressed file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta
