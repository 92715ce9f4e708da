from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import pytest
from pydicom.sr.codedict import codes

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import Finding
from analyzer.domain.study import Series
from analyzer.outputs.dicom_seg import SegmentationMetadata, write_segmentation
from analyzer.outputs.dicom_sr import MAX_NAMED_IMAGES, write_report
from analyzer.outputs.labels import label_map
from testkit.images.dicom_multiframe import multi_frame_dataset

Report = hd.sr.EnhancedSR | hd.sr.ComprehensiveSR | hd.sr.Comprehensive3DSR
Write = Callable[[Series, list[Finding], SegmentationMetadata], Path]


@pytest.fixture
def write(tmp_path: Path, candidates: list[Candidate]) -> Write:
    """Write a segmentation of the candidates, and a report; return the path of the report."""

    def to(series: Series, findings: list[Finding], metadata: SegmentationMetadata) -> Path:
        labels, _ = label_map(series.volume.voxels.shape, candidates)
        segmentation = write_segmentation(tmp_path / "segmentation.dcm", series, labels, candidates, metadata)
        write_report(tmp_path / "report.dcm", series, segmentation, findings, metadata)
        return tmp_path / "report.dcm"

    return to


@pytest.fixture
def report(write: Write, series: Series, findings: list[Finding], metadata: SegmentationMetadata) -> Report:
    return hd.sr.srread(write(series, findings, metadata))


def groups_of(report: Report) -> list[hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations]:
    assert isinstance(report.content, hd.sr.MeasurementReport)
    return report.content.get_volumetric_roi_measurement_groups()


def references_of(group: hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations) -> hd.sr.ReferencedSegment:
    assert group.referenced_segment is not None
    return group.referenced_segment


def test_each_finding_has_its_volume_its_axes_and_its_density(report: Report, findings: list[Finding]) -> None:
    groups = groups_of(report)
    assert len(groups) == len(findings) == 2
    for group, finding in zip(groups, findings, strict=True):
        assert finding.hu is not None
        measured = {
            (item.name.meaning, item.derivation and item.derivation.meaning): (item.value, item.unit.value)
            for item in group.get_measurements()
        }
        assert measured == {
            ("Volume", None): (finding.volume_mm3, "mm3"),
            ("Long axis", None): (finding.long_axis_mm, "mm"),
            ("Short axis", None): (finding.short_axis_mm, "mm"),
            ("Attenuation Coefficient", "Mean"): (finding.hu.mean, "[hnsf'U]"),
            ("Attenuation Coefficient", "Standard Deviation"): (finding.hu.sd, "[hnsf'U]"),
            ("Attenuation Coefficient", "Minimum"): (finding.hu.min, "[hnsf'U]"),
            ("Attenuation Coefficient", "Maximum"): (finding.hu.max, "[hnsf'U]"),
        }


def test_a_finding_is_tracked_as_its_segment_is(report: Report, tmp_path: Path) -> None:
    segmentation = hd.seg.segread(tmp_path / "segmentation.dcm")
    for number, group in enumerate(groups_of(report), 1):
        segment = segmentation.get_segment_description(number)
        assert (group.tracking_identifier, group.tracking_uid) == (segment.tracking_id, segment.tracking_uid)
        assert group.finding_type == segment.segmented_property_type
        assert [site.value for site in group.finding_sites] == [codes.SCT.Lung]


def test_a_finding_refers_to_its_segment_and_to_the_images_that_show_it(
    report: Report, series: Series, findings: list[Finding], tmp_path: Path
) -> None:
    segmentation = hd.seg.segread(tmp_path / "segmentation.dcm")
    for number, (group, finding) in enumerate(zip(groups_of(report), findings, strict=True), 1):
        segment, *images = references_of(group)
        assert segment.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        assert segment.referenced_segment_numbers == [number]
        shown = [image.referenced_sop_instance_uid for image in images]
        first, last = finding.slices.first, finding.slices.last
        assert shown == [header.SOPInstanceUID for header in series.headers[first : last + 1]]


def test_a_finding_of_a_multi_frame_image_refers_to_its_frames(
    write: Write, series: Series, findings: list[Finding], metadata: SegmentationMetadata
) -> None:
    slices = len(series.volume.voxels)
    backwards = multi_frame_dataset(series.volume, order=range(slices - 1, -1, -1))
    source = replace(series, headers=[backwards], frames=[(0, slices - k) for k in range(slices)])
    group = groups_of(hd.sr.srread(write(source, findings, metadata)))[0]
    _, image = references_of(group)
    assert image.referenced_sop_instance_uid == backwards.SOPInstanceUID
    first, last = findings[0].slices.first, findings[0].slices.last
    assert image.referenced_frame_numbers == list(range(slices - last, slices - first + 1))


def test_a_finding_in_many_images_refers_to_their_series(
    write: Write, series: Series, findings: list[Finding], metadata: SegmentationMetadata
) -> None:
    slices = findings[0].slices.model_copy(update={"first": 0, "last": MAX_NAMED_IMAGES})
    tall = [findings[0].model_copy(update={"slices": slices}), *findings[1:]]
    group = groups_of(hd.sr.srread(write(series, tall, metadata)))[0]
    _, named = references_of(group)
    assert named.value == series.headers[0].SeriesInstanceUID


def test_a_finding_without_hounsfield_units_has_no_density(
    write: Write, series: Series, findings: list[Finding], metadata: SegmentationMetadata
) -> None:
    without = [finding.model_copy(update={"hu": None}) for finding in findings]
    group = groups_of(hd.sr.srread(write(series, without, metadata)))[0]
    assert [item.name.meaning for item in group.get_measurements()] == ["Volume", "Long axis", "Short axis"]


def test_the_report_belongs_to_the_study_and_lists_the_images_and_the_segmentation(
    report: Report, series: Series, tmp_path: Path
) -> None:
    segmentation = hd.seg.segread(tmp_path / "segmentation.dcm")
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID"):
        assert report[keyword].value == segmentation[keyword].value
    assert report.SeriesInstanceUID not in {segmentation.SeriesInstanceUID, series.headers[0].SeriesInstanceUID}
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    listed = {
        item.ReferencedSOPInstanceUID
        for evidence in study.ReferencedSeriesSequence
        for item in evidence.ReferencedSOPSequence
    }
    assert listed == {segmentation.SOPInstanceUID, *(header.SOPInstanceUID for header in series.headers)}


def test_the_report_says_no_more_of_the_patient_than_the_segmentation(report: Report, tmp_path: Path) -> None:
    segmentation = hd.seg.segread(tmp_path / "segmentation.dcm")
    assert {element.tag for element in report if element.tag.group == 0x0010} <= {
        element.tag for element in segmentation if element.tag.group == 0x0010
    }


def test_equal_input_gives_equal_bytes(
    write: Write, series: Series, findings: list[Finding], metadata: SegmentationMetadata
) -> None:
    first = write(series, findings, metadata).read_bytes()
    assert write(series, findings, metadata).read_bytes() == first
