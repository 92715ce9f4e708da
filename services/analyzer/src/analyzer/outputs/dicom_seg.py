"""Writer of the findings as a DICOM SEG in the study of the patient."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.valuerep import DA, DT, TM, format_number_as_ds

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import LESION
from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.outputs.labels import Labels
from analyzer.reading.log_suppression import suppressed_library_logs

MANUFACTURER = "California Gold"
SERIES_NUMBER = 1000
SERIES_DESCRIPTION = "California Gold findings, research use only"
MUST_BE_PRESENT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
HEADER_ERRORS = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""Errors of highdicom for source headers that do not allow a segmentation."""


class SourceHeadersIncomplete(Exception):
    """The headers of the images lack attributes that a DICOM SEG requires."""


@dataclass(frozen=True)
class SegmentationMetadata:
    """Algorithm, content identity and time of the segmentation.

    Equal identities give equal UIDs, so that two runs differ in `created_at` only.
    """

    algorithm: str
    machine_learning: bool
    identity: str
    created_at: datetime


def write_segmentation(
    path: Path, series: Series, labels: Labels, candidates: Sequence[Candidate], metadata: SegmentationMetadata
) -> None:
    """Write one binary segment per candidate, tracked by the finding's id. Raises `SourceHeadersIncomplete`."""
    frames = _in_source_order(series, labels)
    sources = [_with_required_attributes(series.headers[0], series.volume), *series.headers[1:]]
    try:
        with suppressed_library_logs():
            segmentation = _segmentation(sources, frames, candidates, metadata)
            _make_deterministic(segmentation, metadata)
            segmentation.save_as(path)
    except HEADER_ERRORS as error:
        path.unlink(missing_ok=True)
        raise SourceHeadersIncomplete from error


def _in_source_order(series: Series, labels: Labels) -> NDArray[np.uint16]:
    """Return the labels in the order of the frames (multi-frame source) or of the headers (single-frame)."""
    if "NumberOfFrames" not in series.headers[0]:
        return labels.view(np.uint16)
    frames = np.zeros((int(series.headers[0].NumberOfFrames), *labels.shape[1:]), np.uint16)
    for plane, (_, number) in zip(labels, series.frames, strict=True):
        frames[number - 1] = plane
    return frames


def _with_required_attributes(header: Dataset, volume: Volume) -> Dataset:
    """Return a copy with the attributes that highdicom requires and that scanners may omit."""
    completed = Dataset()
    completed.update(header)
    for keyword in MUST_BE_PRESENT:
        if keyword not in completed:
            setattr(completed, keyword, None)
    if not completed.get("SpecificCharacterSet"):
        completed.pop("SpecificCharacterSet", None)
    if not completed.get("SliceThickness"):
        completed.SliceThickness = format_number_as_ds(volume.slice_spacing)
    if "NumberOfFrames" in completed:
        completed.SharedFunctionalGroupsSequence = [_shared_groups(volume)]
    return completed


def _shared_groups(volume: Volume) -> Dataset:
    """Return the geometry as shared functional groups; a source may have it per frame."""
    groups = Dataset()
    groups.PixelMeasuresSequence = hd.PixelMeasuresSequence(volume.pixel_spacing[::-1], volume.slice_spacing)
    groups.PlaneOrientationSequence = hd.PlaneOrientationSequence(
        hd.CoordinateSystemNames.PATIENT, [*volume.row_direction, *volume.column_direction]
    )
    return groups


def _segmentation(
    sources: Sequence[Dataset],
    frames: NDArray[np.uint16],
    candidates: Sequence[Candidate],
    metadata: SegmentationMetadata,
) -> hd.seg.Segmentation:
    return hd.seg.Segmentation(
        source_images=sources,
        pixel_array=frames,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(number, candidate, metadata) for number, candidate in enumerate(candidates, 1)],
        series_instance_uid=_uid(metadata, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid(metadata, "instance"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="Analyzer",
        software_versions=version("california-gold-analyzer"),
        device_serial_number="0",
        content_label="FINDINGS",
        series_description=SERIES_DESCRIPTION,
    )


def _segment(number: int, candidate: Candidate, metadata: SegmentationMetadata) -> hd.seg.SegmentDescription:
    lesion = candidate.type == LESION
    detected = candidate.source == "detected"
    family = codes.DCM.ArtificialIntelligence if metadata.machine_learning else codes.DCM.MorphologicalOperations
    values = hd.seg.SegmentAlgorithmTypeValues
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=f"finding-{number}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure if lesion else codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Lesion if lesion else codes.SCT.Tissue,
        algorithm_type=values.AUTOMATIC if detected else values.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=f"{MANUFACTURER} {metadata.algorithm}", family=family, version=version("california-gold-analyzer")
        ),
        tracking_id=f"finding-{number}",
        tracking_uid=_uid(metadata, f"finding-{number}"),
    )


def _make_deterministic(segmentation: hd.seg.Segmentation, metadata: SegmentationMetadata) -> None:
    """Replace the random UIDs and the current time that highdicom sets."""
    organisation = _uid(metadata, "dimensions")
    for item in (*segmentation.DimensionIndexSequence, *segmentation.DimensionOrganizationSequence):
        item.DimensionOrganizationUID = organisation
    segmentation.ContributingEquipmentSequence[-1].ContributionDateTime = DT(metadata.created_at)
    segmentation.ContentDate = segmentation.InstanceCreationDate = DA(metadata.created_at.date())
    segmentation.ContentTime = segmentation.InstanceCreationTime = TM(metadata.created_at.time())


def _uid(metadata: SegmentationMetadata, part: str) -> str:
    digest = hashlib.sha256(f"{metadata.identity} {part}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
