"""Writer of the findings as a DICOM SEG in the study of the patient."""

import colorsys
import hashlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.valuerep import DA, DT, TM, format_number_as_ds

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import LESION
from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.outputs.character_sets import in_unicode
from analyzer.outputs.conforming import conforming
from analyzer.outputs.labels import Labels
from analyzer.reading.log_suppression import suppressed_library_logs

MANUFACTURER = "California Gold"
SERIES_NUMBER = 1000
SATURATION = 0.75
GOLDEN_SECTION = (5**0.5 - 1) / 2
"""Share of the colour circle between neighbouring segments: however many there are, their hues are spread evenly."""

SITES = {"lung_blob": codes.SCT.Lung}
"""Strategy -> anatomic region of all its findings."""

SERIES_DESCRIPTION = "California Gold findings, research use only"
MUST_BE_PRESENT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
HEADER_ERRORS = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""Errors of highdicom for source headers that do not allow a DICOM output."""


IDENTITY = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class SourceHeadersIncomplete(Exception):
    """The headers of the images lack attributes that a DICOM output requires."""


@dataclass(frozen=True)
class SegmentationMetadata:
    """Algorithm, content identity and time of the DICOM outputs.

    Equal identities give equal UIDs, so that two runs differ in `created_at` only.
    """

    algorithm: str
    machine_learning: bool
    identity: str
    created_at: datetime

    def uid(self, part: str) -> str:
        """Return the UID of a part of the outputs, derived from the identity (PS3.5 B.2)."""
        digest = hashlib.sha256(f"{self.identity} {part}".encode()).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    @property
    def family(self) -> Code:
        """Family of the algorithm (CID 7162)."""
        return codes.DCM.ArtificialIntelligence if self.machine_learning else codes.DCM.MorphologicalOperations


def write_segmentation(
    path: Path, series: Series, labels: Labels, candidates: Sequence[Candidate], metadata: SegmentationMetadata
) -> hd.seg.Segmentation:
    """Write one binary segment per candidate, tracked by the finding's id; return what was written.

    Raises `SourceHeadersIncomplete`.
    """
    frames = _in_source_order(series, labels)
    with complete_headers(path):
        segmentation = _segmentation(source_headers(series), frames, candidates, metadata)
        _make_deterministic(segmentation, metadata)
        segmentation.save_as(path)
    return segmentation


@contextmanager
def complete_headers(path: Path) -> Generator[None]:
    """Raise `SourceHeadersIncomplete` for errors of highdicom, and leave no file; log nothing of the headers."""
    try:
        with suppressed_library_logs():
            yield
    except HEADER_ERRORS as error:
        path.unlink(missing_ok=True)
        raise SourceHeadersIncomplete from error


def source_headers(series: Series) -> list[Dataset]:
    """Return the headers of the images; the first one, which DICOM outputs copy, has all attributes they require.

    Raises `SourceHeadersIncomplete` where an image has no UID to refer to.
    """
    if not all(header.get(keyword) for header in series.headers for keyword in IDENTITY):
        raise SourceHeadersIncomplete
    return [_with_required_attributes(series.headers[0], series.volume), *series.headers[1:]]


def _in_source_order(series: Series, labels: Labels) -> NDArray[np.uint16]:
    """Return the labels in the order of the frames (multi-frame source) or of the headers (single-frame)."""
    if "NumberOfFrames" not in series.headers[0]:
        return labels.view(np.uint16)
    frames = np.zeros((int(series.headers[0].NumberOfFrames), *labels.shape[1:]), np.uint16)
    for plane, (_, number) in zip(labels, series.frames, strict=True):
        frames[number - 1] = plane
    return frames


def _with_required_attributes(header: Dataset, volume: Volume) -> Dataset:
    """Return a conforming copy with the attributes that highdicom requires and that scanners may omit."""
    completed = conforming(in_unicode(header))
    for keyword in MUST_BE_PRESENT:
        if keyword not in completed:
            setattr(completed, keyword, None)
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
        series_instance_uid=metadata.uid("series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=metadata.uid("instance"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="Analyzer",
        software_versions=version("california-gold-analyzer"),
        device_serial_number="0",
        content_label="FINDINGS",
        content_creator_name="",
        series_description=SERIES_DESCRIPTION,
    )


def _segment(number: int, candidate: Candidate, metadata: SegmentationMetadata) -> hd.seg.SegmentDescription:
    lesion = candidate.type == LESION
    detected = candidate.source == "detected"
    values = hd.seg.SegmentAlgorithmTypeValues
    site = SITES.get(metadata.algorithm)
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=f"finding-{number}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure if lesion else codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Lesion if lesion else codes.SCT.Tissue,
        algorithm_type=values.AUTOMATIC if detected else values.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=f"{MANUFACTURER} {metadata.algorithm}",
            family=metadata.family,
            version=version("california-gold-analyzer"),
        ),
        tracking_id=f"finding-{number}",
        tracking_uid=metadata.uid(f"finding-{number}"),
        anatomic_regions=None if site is None else [site],
        display_color=_colour(number),
    )


def _colour(number: int) -> hd.color.CIELabColor:
    """Return the recommended colour of a segment: viewers that get none stop, or show all segments alike."""
    hue = (number - 1) * GOLDEN_SECTION % 1
    return hd.color.CIELabColor.from_rgb(*(round(255 * part) for part in colorsys.hsv_to_rgb(hue, SATURATION, 1)))


def _make_deterministic(segmentation: hd.seg.Segmentation, metadata: SegmentationMetadata) -> None:
    """Replace the random UIDs and the current time that highdicom sets."""
    organisation = metadata.uid("dimensions")
    for item in (*segmentation.DimensionIndexSequence, *segmentation.DimensionOrganizationSequence):
        item.DimensionOrganizationUID = organisation
    stamp(segmentation, metadata)


def stamp(document: hd.SOPClass, metadata: SegmentationMetadata) -> None:
    """Replace the times of now that highdicom sets."""
    document.ContributingEquipmentSequence[-1].ContributionDateTime = DT(metadata.created_at)
    document.ContentDate = document.InstanceCreationDate = DA(metadata.created_at.date())
    document.ContentTime = document.InstanceCreationTime = TM(metadata.created_at.time())
