from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom.sr.codedict import codes

from analyzer.detection.segmenter import Candidate
from analyzer.domain.study import Series
from analyzer.outputs.dicom_seg import SegmentationMetadata, SourceHeadersIncomplete, write_segmentation
from analyzer.outputs.labels import Labels, label_map
from analyzer.reading.log_suppression import suppressed_library_logs
from testkit.images.dicom_multiframe import multi_frame_dataset


@pytest.fixture
def labels(series: Series, candidates: list[Candidate]) -> Labels:
    return label_map(series.volume.voxels.shape, candidates)[0]


@pytest.fixture
def written(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> Path:
    path = tmp_path / "segmentation.dcm"
    write_segmentation(path, series, labels, candidates, metadata)
    return path


def test_every_voxel_of_the_mask_is_in_the_segmentation(written: Path, series: Series, labels: Labels) -> None:
    segmentation = hd.seg.segread(written)
    uids = [header.SOPInstanceUID for header in series.headers]
    for number in (1, 2):
        frames = segmentation.get_pixels_by_source_instance(uids, segment_numbers=[number])
        assert np.array_equal(frames[..., 0], labels == number)


def test_a_multi_frame_source_is_referred_to_by_frame(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    slices = len(labels)
    backwards = multi_frame_dataset(series.volume, order=range(slices - 1, -1, -1))
    source = replace(series, headers=[backwards], frames=[(0, slices - k) for k in range(slices)])
    write_segmentation(tmp_path / "frames", source, labels, candidates, metadata)
    pixels = hd.seg.segread(tmp_path / "frames").get_pixels_by_source_frame(
        backwards.SOPInstanceUID,
        [number for _, number in source.frames],
        segment_numbers=[1],
        assert_missing_frames_are_empty=True,
    )
    assert np.array_equal(pixels[..., 0], labels == 1)


def test_a_segment_is_a_lesion_named_after_its_finding_and_its_algorithm(
    written: Path, metadata: SegmentationMetadata
) -> None:
    segment = hd.seg.segread(written).get_segment_description(2)
    assert (segment.tracking_id, segment.segment_label) == ("finding-2", "finding-2")
    assert segment.segmented_property_category.value == "49755003"
    assert segment.algorithm_type is hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC
    assert segment.algorithm_identification is not None
    assert metadata.algorithm in segment.algorithm_identification.name


def test_each_segment_recommends_a_colour_of_its_own(written: Path) -> None:
    segments = hd.seg.segread(written).SegmentSequence
    colours = [tuple(segment.RecommendedDisplayCIELabValue) for segment in segments]
    assert len(set(colours)) == len(segments) == 2
    assert all(min(hd.color.CIELabColor.from_dicom_value(colour).to_rgb()) < 128 for colour in colours), "not grey"


def test_findings_of_the_lung_detector_lie_in_the_lung_and_supplied_ones_anywhere(
    tmp_path: Path,
    written: Path,
    series: Series,
    labels: Labels,
    candidates: list[Candidate],
    metadata: SegmentationMetadata,
) -> None:
    (region,) = hd.seg.segread(written).get_segment_description(1).anatomic_regions
    assert region == codes.SCT.Lung
    write_segmentation(tmp_path / "other", series, labels, candidates, replace(metadata, algorithm="measure_only"))
    assert hd.seg.segread(tmp_path / "other").get_segment_description(1).anatomic_regions == []


def test_the_segmentation_belongs_to_the_patient_study_and_frame_of_reference(written: Path, series: Series) -> None:
    segmentation, source = hd.seg.segread(written), series.headers[0]
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert segmentation[keyword].value == source[keyword].value
    assert segmentation.SeriesInstanceUID != source.SeriesInstanceUID
    (referenced,) = segmentation.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == source.SeriesInstanceUID
    named = {item.ReferencedSOPInstanceUID for item in referenced.ReferencedInstanceSequence}
    assert named == {header.SOPInstanceUID for header in series.headers}


def test_two_segmentations_differ_in_their_time_only(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    later = replace(metadata, created_at=metadata.created_at + timedelta(seconds=90))
    paths = [tmp_path / name for name in ("first", "again", "later")]
    for path, how in zip(paths, (metadata, metadata, later), strict=True):
        write_segmentation(path, series, labels, candidates, how)
    first, again, at_another_time = (path.read_bytes() for path in paths)
    assert first == again
    assert at_another_time != first
    assert at_another_time.replace(b"070939", b"070809") == first


def test_another_input_has_other_uids(
    tmp_path: Path,
    written: Path,
    series: Series,
    labels: Labels,
    candidates: list[Candidate],
    metadata: SegmentationMetadata,
) -> None:
    write_segmentation(tmp_path / "other", series, labels, candidates, replace(metadata, identity="other"))
    first, other = hd.seg.segread(written), hd.seg.segread(tmp_path / "other")
    assert first.SOPInstanceUID != other.SOPInstanceUID
    assert first.SeriesInstanceUID != other.SeriesInstanceUID
    assert first.get_segment_description(1).tracking_uid != other.get_segment_description(1).tracking_uid


def test_a_supplied_organ_is_a_semiautomatic_segment_of_tissue(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    organs = [replace(each, source="supplied", type="structure") for each in candidates]
    write_segmentation(tmp_path / "organs", series, labels, organs, metadata)
    segment = hd.seg.segread(tmp_path / "organs").get_segment_description(1)
    assert segment.segmented_property_category.value != "49755003"
    assert segment.algorithm_type is hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC


@pytest.mark.parametrize("keyword", ["PatientSex", "StudyTime", "AccessionNumber", "SliceThickness"])
def test_attributes_that_scanners_omit_may_be_missing(
    tmp_path: Path,
    series: Series,
    labels: Labels,
    candidates: list[Candidate],
    metadata: SegmentationMetadata,
    keyword: str,
) -> None:
    del series.headers[0][keyword]
    write_segmentation(tmp_path / "poor", series, labels, candidates, metadata)
    assert hd.seg.segread(tmp_path / "poor").get(keyword) in {"", None}
    assert keyword not in series.headers[0], "the source is left as it was"


def test_an_invalid_patient_name_is_accepted(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    with suppressed_library_logs():
        series.headers[0].PatientName, series.headers[0].PatientID = "nobody", "1" * 80
        write_segmentation(tmp_path / "odd", series, labels, candidates, metadata)
        assert hd.seg.segread(tmp_path / "odd").PatientID == "1" * 80


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_images_without_a_uid_to_refer_to_are_refused(
    tmp_path: Path,
    series: Series,
    labels: Labels,
    candidates: list[Candidate],
    metadata: SegmentationMetadata,
    keyword: str,
) -> None:
    setattr(series.headers[2], keyword, "")
    with pytest.raises(SourceHeadersIncomplete):
        write_segmentation(tmp_path / "seg", series, labels, candidates, metadata)
    assert not (tmp_path / "seg").exists()


def test_incomplete_headers_are_refused_and_leave_no_file(
    tmp_path: Path, series: Series, labels: Labels, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    del series.headers[3].StudyInstanceUID
    with pytest.raises(SourceHeadersIncomplete):
        write_segmentation(tmp_path / "poor", series, labels, candidates, metadata)
    assert not (tmp_path / "poor").exists()
