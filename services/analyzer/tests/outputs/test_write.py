from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import MAX_PICTURES
from analyzer.domain.study import Series
from analyzer.outputs.dicom_seg import SegmentationMetadata
from analyzer.outputs.write import PICTURES_OMITTED, write_outputs

EVERYTHING = {"mask.nii.gz", "segmentation.dcm", "finding-1.png", "finding-2.png"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def codes(folder: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata) -> list[str]:
    return [notice.code for notice in write_outputs(folder, series, candidates, metadata, lambda _share: None)]


def test_dicom_input_with_findings_gives_a_mask_a_segmentation_and_a_picture_of_each(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    assert codes(tmp_path, series, candidates, metadata) == []
    assert names(tmp_path) == EVERYTHING


def test_only_the_first_findings_get_pictures(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    many = [candidates[0]] * (MAX_PICTURES + 1)
    assert "PICTURES_OMITTED" in codes(tmp_path, series, many, metadata)
    pictures = {name for name in names(tmp_path) if name.endswith(".png")}
    assert pictures == {f"finding-{number}.png" for number in range(1, MAX_PICTURES + 1)}
    assert str(MAX_PICTURES) in PICTURES_OMITTED.message.ru


def test_burned_in_annotation_gives_no_picture(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    burned_in = replace(series, volume=replace(series.volume, burned_in=True))
    assert codes(tmp_path, burned_in, candidates, metadata) == []
    assert names(tmp_path) == {"mask.nii.gz", "segmentation.dcm"}


def test_nifti_input_gives_no_dicom(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    assert codes(tmp_path, replace(series, headers=[], frames=[]), candidates, metadata) == []
    assert names(tmp_path) == EVERYTHING - {"segmentation.dcm"}


def test_without_findings_only_an_empty_mask_is_written(
    tmp_path: Path, series: Series, metadata: SegmentationMetadata
) -> None:
    assert codes(tmp_path, series, [], metadata) == []
    assert names(tmp_path) == {"mask.nii.gz"}


def test_incomplete_headers_omit_the_segmentation_only(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    del series.headers[0].StudyInstanceUID
    assert codes(tmp_path, series, candidates, metadata) == ["SEG_NOT_WRITTEN"]
    assert names(tmp_path) == EVERYTHING - {"segmentation.dcm"}


def test_overlapping_findings_give_a_warning(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    assert codes(tmp_path, series, [candidates[0], candidates[0]], metadata) == ["MASK_OVERLAP"]


def test_progress_rises_to_one(
    tmp_path: Path, series: Series, candidates: list[Candidate], metadata: SegmentationMetadata
) -> None:
    shares: list[float] = []
    write_outputs(tmp_path, series, candidates, metadata, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
