from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.result import MAX_PICTURES, Finding
from analyzer.domain.study import Series
from analyzer.measurement.findings import measure_findings
from analyzer.outputs.dicom_seg import SegmentationMetadata, SourceHeadersIncomplete
from analyzer.outputs.write import PICTURES_OMITTED, write_outputs, writing_image

EVERYTHING = {"mask.nii.gz", "segmentation.dcm", "report.dcm", "finding-1.png", "finding-2.png"}
DICOM = {"segmentation.dcm", "report.dcm"}

Codes = Callable[[Path, Series, list[Candidate]], list[str]]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def codes(metadata: SegmentationMetadata) -> Codes:
    """Write the outputs, with measurements of the candidates; return the codes of the warnings."""

    def write(folder: Path, series: Series, candidates: list[Candidate]) -> list[str]:
        measured = measure_findings(series.volume, Segmentation("lung_blob", {}, candidates))
        return [
            notice.code for notice in write_outputs(folder, series, candidates, measured, metadata, lambda _share: None)
        ]

    return write


def test_dicom_input_with_findings_gives_a_mask_dicom_and_a_picture_of_each(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]
) -> None:
    assert codes(tmp_path, series, candidates) == []
    assert names(tmp_path) == EVERYTHING


def test_only_the_first_findings_get_pictures(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]
) -> None:
    many = [candidates[0]] * (MAX_PICTURES + 1)
    assert "PICTURES_OMITTED" in codes(tmp_path, replace(series, headers=[], frames=[]), many)
    pictures = {name for name in names(tmp_path) if name.endswith(".png")}
    assert pictures == {f"finding-{number}.png" for number in range(1, MAX_PICTURES + 1)}
    assert str(MAX_PICTURES) in PICTURES_OMITTED.message.ru


def test_burned_in_annotation_gives_no_picture(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]
) -> None:
    burned_in = replace(series, volume=replace(series.volume, burned_in=True))
    assert codes(tmp_path, burned_in, candidates) == []
    assert names(tmp_path) == {"mask.nii.gz"} | DICOM


def test_nifti_input_gives_no_dicom(codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]) -> None:
    assert codes(tmp_path, replace(series, headers=[], frames=[]), candidates) == []
    assert names(tmp_path) == EVERYTHING - DICOM


def test_without_findings_only_an_empty_mask_is_written(codes: Codes, tmp_path: Path, series: Series) -> None:
    assert codes(tmp_path, series, []) == []
    assert names(tmp_path) == {"mask.nii.gz"}


def test_incomplete_headers_omit_dicom_only(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]
) -> None:
    del series.headers[0].StudyInstanceUID
    assert codes(tmp_path, series, candidates) == ["SEG_NOT_WRITTEN"]
    assert names(tmp_path) == EVERYTHING - DICOM


def test_overlapping_findings_give_a_warning(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate]
) -> None:
    assert codes(tmp_path, series, [candidates[0], candidates[0]]) == ["MASK_OVERLAP"]


def test_headers_too_poor_for_the_report_leave_no_segmentation_either(
    codes: Codes, tmp_path: Path, series: Series, candidates: list[Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    def incomplete(*_: object) -> None:
        raise SourceHeadersIncomplete

    monkeypatch.setattr("analyzer.outputs.write.write_report", incomplete)
    assert codes(tmp_path, series, candidates) == ["SEG_NOT_WRITTEN"]
    assert names(tmp_path) == EVERYTHING - DICOM


def test_the_image_and_its_preview_are_written_by_the_end_of_the_block(tmp_path: Path, series: Series) -> None:
    with writing_image(tmp_path, series):
        pass
    assert names(tmp_path) == {"image.nii.gz", "preview.nii.gz"}


def test_an_error_of_the_writer_of_the_image_is_raised(tmp_path: Path, series: Series) -> None:
    with pytest.raises(FileNotFoundError), writing_image(tmp_path / "missing", series):
        pass


def test_burned_in_annotation_gives_no_image(tmp_path: Path, series: Series) -> None:
    with writing_image(tmp_path, replace(series, volume=replace(series.volume, burned_in=True))):
        pass
    assert names(tmp_path) == set()


def test_progress_rises_to_one(
    tmp_path: Path,
    series: Series,
    candidates: list[Candidate],
    findings: list[Finding],
    metadata: SegmentationMetadata,
) -> None:
    shares: list[float] = []
    write_outputs(tmp_path, series, candidates, findings, metadata, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
