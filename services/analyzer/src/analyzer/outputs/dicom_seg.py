"""The findings as a DICOM Segmentation that belongs to the patient's study."""

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
from analyzer.reading.quiet import quiet_libraries

MANUFACTURER = "California Gold"
SERIES_NUMBER = 1000
SERIES_DESCRIPTION = "California Gold findings, research use only"
MUST_BE_PRESENT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
REFUSALS = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""How highdicom says that the source's headers do not allow a segmentation."""


class SourceRefused(Exception):
    """The image's headers are too poor for a DICOM SEG."""


@dataclass(frozen=True)
class Made:
    """How and when the segmentation came about.

    `identity` names the content: equal identities give equal UIDs. `at` is the only thing
    that tells two runs apart.
    """

    algorithm: str
    by_learning: bool
    identity: str
    at: datetime


def write_segmentation(path: Path, series: Series, labels: Labels, candidates: Sequence[Candidate], made: Made) -> None:
    """Write one binary segment a candidate; its tracking id is the finding's id. Raises `SourceRefused`."""
    frames = _in_source_order(series, labels)
    sources = [_completed(series.headers[0], series.volume), *series.headers[1:]]
    try:
        with quiet_libraries():
            segmentation = _segmentation(sources, frames, candidates, made)
            _settle(segmentation, made)
            segmentation.save_as(path)
    except REFUSALS as error:
        path.unlink(missing_ok=True)
        raise SourceRefused from error


def _in_source_order(series: Series, labels: Labels) -> NDArray[np.uint16]:
    """Return the labels by frame of a multi-frame source, or by header of a single-frame one."""
    if "NumberOfFrames" not in series.headers[0]:
        return labels.view(np.uint16)
    frames = np.zeros((int(series.headers[0].NumberOfFrames), *labels.shape[1:]), np.uint16)
    for plane, (_, number) in zip(labels, series.frames, strict=True):
        frames[number - 1] = plane
    return frames


def _completed(header: Dataset, volume: Volume) -> Dataset:
    """Return a copy that also has what highdicom insists on, and headers of real scanners do without."""
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
    """Return the geometry that all frames share; a source may give it frame by frame instead."""
    groups = Dataset()
    groups.PixelMeasuresSequence = hd.PixelMeasuresSequence(volume.pixel_spacing[::-1], volume.slice_spacing)
    groups.PlaneOrientationSequence = hd.PlaneOrientationSequence(
        hd.CoordinateSystemNames.PATIENT, [*volume.row_direction, *volume.column_direction]
    )
    return groups


def _segmentation(
    sources: Sequence[Dataset], frames: NDArray[np.uint16], candidates: Sequence[Candidate], made: Made
) -> hd.seg.Segmentation:
    return hd.seg.Segmentation(
        source_images=sources,
        pixel_array=frames,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(number, each, made) for number, each in enumerate(candidates, 1)],
        series_instance_uid=_uid(made, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid(made, "instance"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="Analyzer",
        software_versions=version("california-gold-analyzer"),
        device_serial_number="0",
        content_label="FINDINGS",
        series_description=SERIES_DESCRIPTION,
    )


def _segment(number: int, candidate: Candidate, made: Made) -> hd.seg.SegmentDescription:
    lesion = candidate.kind == LESION
    found = candidate.source == "detected"
    family = codes.DCM.ArtificialIntelligence if made.by_learning else codes.DCM.MorphologicalOperations
    values = hd.seg.SegmentAlgorithmTypeValues
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=f"finding-{number}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure if lesion else codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Lesion if lesion else codes.SCT.Tissue,
        algorithm_type=values.AUTOMATIC if found else values.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=f"{MANUFACTURER} {made.algorithm}", family=family, version=version("california-gold-analyzer")
        ),
        tracking_id=f"finding-{number}",
        tracking_uid=_uid(made, f"finding-{number}"),
    )


def _settle(segmentation: hd.seg.Segmentation, made: Made) -> None:
    """Replace what highdicom draws at random or from its clock."""
    organisation = _uid(made, "dimensions")
    for item in (*segmentation.DimensionIndexSequence, *segmentation.DimensionOrganizationSequence):
        item.DimensionOrganizationUID = organisation
    segmentation.ContributingEquipmentSequence[-1].ContributionDateTime = DT(made.at)
    segmentation.ContentDate = segmentation.InstanceCreationDate = DA(made.at.date())
    segmentation.ContentTime = segmentation.InstanceCreationTime = TM(made.at.time())


def _uid(made: Made, part: str) -> str:
    digest = hashlib.sha256(f"{made.identity} {part}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
