"""Writer of the findings as a DICOM SR: a measurement report by TID 1500 of PS3.16."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import highdicom as hd
from highdicom import sr
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from analyzer.domain.result import LESION, Finding
from analyzer.domain.study import Series
from analyzer.outputs.dicom_seg import (
    MANUFACTURER,
    SITES,
    SegmentationMetadata,
    complete_headers,
    source_headers,
    stamp,
)

SERIES_NUMBER = 1001
SERIES_DESCRIPTION = "California Gold measurements, research use only"
DEVICE_UID = "2.25.155325664840198048944877848091420250385"
"""Of this program as the observer, made once for all installations."""

MAX_NAMED_IMAGES = 32
"""A finding in more images than these refers to their series: naming an image takes milliseconds."""

PROCEDURES = {
    "CT": codes.cid100.CTUnspecifiedBodyRegion,
    "MR": codes.cid100.MRIUnspecifiedBodyRegion,
    "PT": codes.cid100.PETUnspecifiedBodyRegion,
    "NM": codes.cid100.NMUnspecifiedBodyRegion,
}
"""Modality -> procedure (CID 100)."""

DERIVATIONS = {
    "mean": codes.SCT.Mean,
    "sd": codes.SCT.StandardDeviation,
    "min": codes.SCT.Minimum,
    "max": codes.SCT.Maximum,
}
"""Statistic of the voxels of a finding -> derivation (CID 7464)."""


def write_report(
    path: Path,
    series: Series,
    segmentation: hd.seg.Segmentation,
    findings: Sequence[Finding],
    metadata: SegmentationMetadata,
) -> None:
    """Write the measurements of each finding, with its segment of `segmentation` and the images that show it.

    `findings` are in the order of the segments. The patient and the study are those of the segmentation. Raises
    `SourceHeadersIncomplete`.
    """
    with complete_headers(path):
        groups = [
            _measurement_group(finding, _references(number, finding, series, segmentation), metadata)
            for number, finding in enumerate(findings, 1)
        ]
        report = sr.MeasurementReport(
            observation_context=sr.ObservationContext(observer_device_context=_observer()),
            procedure_reported=PROCEDURES.get(series.volume.modality, codes.cid100.ImagingProcedure),
            imaging_measurements=groups,
        )
        document = _document(series, segmentation, report, metadata)
        stamp(document, metadata)
        document.save_as(path)


def _observer() -> sr.ObserverContext:
    """Return the observer: a program, not a person (TID 1002)."""
    attributes = sr.DeviceObserverIdentifyingAttributes(
        uid=DEVICE_UID, name="Analyzer", manufacturer_name=MANUFACTURER, model_name="Analyzer"
    )
    return sr.ObserverContext(codes.DCM.Device, attributes)


def _references(
    number: int, finding: Finding, series: Series, segmentation: hd.seg.Segmentation
) -> sr.ReferencedSegment:
    """Return the references to the segment and to the images, or their frames, that the finding lies in."""
    shown: dict[int, list[int]] = {}
    for image, frame in series.frames[finding.slices.first : finding.slices.last + 1]:
        shown.setdefault(image, []).append(frame)
    few = len(shown) <= MAX_NAMED_IMAGES
    return sr.ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=number,
        source_images=[_source_image(series.headers[k], frames) for k, frames in shown.items()] if few else None,
        source_series=sr.SourceSeriesForSegmentation(series.headers[0].SeriesInstanceUID),
    )


def _source_image(header: Dataset, frames: Sequence[int]) -> sr.SourceImageForSegmentation:
    named = sorted(frames) if "NumberOfFrames" in header else None
    return sr.SourceImageForSegmentation(header.SOPClassUID, header.SOPInstanceUID, named)


def _measurement_group(
    finding: Finding, references: sr.ReferencedSegment, metadata: SegmentationMetadata
) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations:
    """Return the measurements of a finding (TID 1411)."""
    lesion, site = finding.type == LESION, SITES.get(metadata.algorithm)
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=metadata.uid(finding.id), identifier=finding.id),
        referenced_segment=references,
        finding_category=codes.SCT.MorphologicallyAbnormalStructure if lesion else codes.SCT.Tissue,
        finding_type=codes.SCT.Lesion if lesion else codes.SCT.Tissue,
        finding_sites=None if site is None else [sr.FindingSite(site)],
        algorithm_id=sr.AlgorithmIdentification(
            name=f"{MANUFACTURER} {metadata.algorithm}",
            version=version("california-gold-analyzer"),
            family=metadata.family,
        ),
        measurements=list(_measurements(finding)),
    )


def _measurements(finding: Finding) -> Iterator[sr.Measurement]:
    """Yield volume, axes and, on CT, density; lengths in an axial slice, as in the result."""
    yield _measurement(codes.SCT.Volume, finding.volume_mm3, codes.UCUM.CubicMillimeter)
    yield _measurement(codes.SCT.LongAxis, finding.long_axis_mm, codes.UCUM.Millimeter)
    yield _measurement(codes.SCT.ShortAxis, finding.short_axis_mm, codes.UCUM.Millimeter)
    for statistic, derivation in DERIVATIONS.items() if finding.hu is not None else ():
        value: float = getattr(finding.hu, statistic)
        yield _measurement(codes.DCM.AttenuationCoefficient, value, codes.UCUM.HounsfieldUnit, derivation)


def _measurement(name: Code, value: float, unit: Code, derivation: Code | None = None) -> sr.Measurement:
    return sr.Measurement(name=name, value=value, unit=unit, derivation=derivation)


def _document(
    series: Series, segmentation: hd.seg.Segmentation, report: sr.MeasurementReport, metadata: SegmentationMetadata
) -> sr.ComprehensiveSR:
    return sr.ComprehensiveSR(
        evidence=[*source_headers(series), segmentation],
        content=report,
        series_instance_uid=metadata.uid("report series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=metadata.uid("report"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        manufacturer_model_name="Analyzer",
        software_versions=version("california-gold-analyzer"),
        device_serial_number="0",
        series_description=SERIES_DESCRIPTION,
    )
