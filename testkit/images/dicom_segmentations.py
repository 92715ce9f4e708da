"""DICOM SEG and RTSTRUCT of given masks."""

from collections.abc import Mapping, Sequence

import highdicom as hd
import numpy as np
from highdicom.sr import CodedConcept
from numpy.typing import NDArray
from pydicom import Dataset, uid
from pydicom.sr.codedict import codes

from analyzer.domain.volume import Volume
from testkit.images.contours import outlines
from testkit.images.dicom_datasets import SeriesIdentity, decimal_strings, file_meta

LESION = CodedConcept("49755003", "SCT", "Morphologically abnormal structure")
ORGAN = CodedConcept("123037004", "SCT", "Body structure")


def segmentation_dataset(
    sources: Sequence[Dataset],
    masks: Mapping[str, NDArray[np.bool_]],
    identity: SeriesIdentity | None = None,
    *,
    category: CodedConcept = LESION,
    fractional: bool = False,
) -> Dataset:
    """Return a SEG with one segment per mask (label -> bool [slice, row, column]); masks may overlap.

    `sources` are the datasets of the slices, in their order (`slice_datasets`), or one multi-frame dataset.
    """
    identity = identity or SeriesIdentity(series="segmentation")
    segmentation_type = hd.seg.SegmentationTypeValues.FRACTIONAL if fractional else hd.seg.SegmentationTypeValues.BINARY
    stacked = np.stack(list(masks.values()), axis=-1)
    return hd.seg.Segmentation(
        source_images=list(sources),
        pixel_array=stacked.astype(np.float32) if fractional else stacked.astype(np.uint8),
        segmentation_type=segmentation_type,
        segment_descriptions=[_description(number, label, category) for number, label in enumerate(masks, start=1)],
        series_instance_uid=identity.series_uid,
        series_number=100,
        sop_instance_uid=identity.instance_uid(0),
        instance_number=1,
        manufacturer="California Gold",
        manufacturer_model_name="phantom",
        software_versions="1",
        device_serial_number="1",
    )


def _description(number: int, label: str, category: CodedConcept) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=category,
        segmented_property_type=codes.SCT.Nodule if category == LESION else codes.SCT.Liver,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def structure_set_dataset(
    volume: Volume,
    masks: Mapping[str, NDArray[np.bool_]],
    identity: SeriesIdentity | None = None,
    *,
    images: SeriesIdentity | None = None,
    interpreted_type: str = "GTV",
) -> Dataset:
    """Return an RTSTRUCT with one structure per mask (name -> bool [slice, row, column]).

    The contours run along voxel borders, so the even-odd rule on voxel centres reproduces the masks exactly. `images`
    is the identity of the written volume, `interpreted_type` the RT ROI interpreted type.
    """
    identity, images = identity or SeriesIdentity(series="structures"), images or SeriesIdentity()
    dataset = Dataset()
    dataset.SOPClassUID = uid.RTStructureSetStorage
    dataset.SOPInstanceUID = identity.instance_uid(0)
    dataset.Modality = "RTSTRUCT"
    dataset.StudyInstanceUID = images.study_uid
    dataset.SeriesInstanceUID = identity.series_uid
    dataset.FrameOfReferenceUID = images.frame_of_reference
    dataset.PatientName = "Phantom^Test"
    dataset.PatientID = "PHANTOM"
    dataset.StructureSetLabel = "phantom"
    dataset.ReferencedFrameOfReferenceSequence = [_referenced_frame(images, len(volume.voxels))]
    dataset.StructureSetROISequence = [_roi(number, name, images) for number, name in enumerate(masks, start=1)]
    dataset.ROIContourSequence = [
        _contours(number, mask, volume, images) for number, mask in enumerate(masks.values(), start=1)
    ]
    dataset.RTROIObservationsSequence = [_observation(number, interpreted_type) for number in range(1, len(masks) + 1)]
    dataset.file_meta = file_meta(dataset)
    return dataset


def _referenced_frame(images: SeriesIdentity, slices: int) -> Dataset:
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = images.series_uid
    series.ContourImageSequence = [_image_reference(images, index) for index in range(slices)]
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = images.study_uid
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = images.frame_of_reference
    frame.RTReferencedStudySequence = [study]
    return frame


def _image_reference(images: SeriesIdentity, index: int) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = uid.CTImageStorage
    reference.ReferencedSOPInstanceUID = images.instance_uid(index)
    return reference


def _roi(number: int, name: str, images: SeriesIdentity) -> Dataset:
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = images.frame_of_reference
    roi.ROIName = name
    roi.ROIGenerationAlgorithm = "MANUAL"
    return roi


def _observation(number: int, interpreted_type: str) -> Dataset:
    observation = Dataset()
    observation.ObservationNumber = number
    observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = interpreted_type
    observation.ROIInterpreter = ""
    return observation


def _contours(number: int, mask: NDArray[np.bool_], volume: Volume, images: SeriesIdentity) -> Dataset:
    structure = Dataset()
    structure.ReferencedROINumber = number
    structure.ContourSequence = []
    for index in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        for outline in outlines(mask[index]):
            voxels = np.column_stack([outline, np.full(len(outline), float(index))])
            contour = Dataset()
            contour.ContourImageSequence = [_image_reference(images, index)]
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints = len(outline)
            contour.ContourData = decimal_strings(volume.to_patient(voxels).ravel())
            structure.ContourSequence.append(contour)
    return structure
