import os
import shutil
from pathlib import Path

import pytest

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Result
from analyzer.isolation.artifacts import RESULT, collect


@pytest.fixture
def output(with_seg: tuple[Result, Path], tmp_path: Path) -> Path:
    """A copy of the outputs of an analysis."""
    return Path(shutil.copytree(with_seg[1], tmp_path / "output"))


def test_artifacts_are_listed_with_their_type_in_a_stable_order(output: Path, with_seg: tuple[Result, Path]) -> None:
    outcome = collect(output)
    assert outcome.result == with_seg[0]
    assert [(each.name, each.media_type) for each in outcome.artifacts] == [
        ("image.nii.gz", "application/gzip"),
        ("mask.nii.gz", "application/gzip"),
        ("preview.nii.gz", "application/gzip"),
        ("report.dcm", "application/dicom"),
        ("segmentation.dcm", "application/dicom"),
        ("finding-1.png", "image/png"),
        ("finding-2.png", "image/png"),
    ]


def test_pictures_are_in_the_order_of_their_numbers(output: Path) -> None:
    shutil.copy(output / "finding-1.png", output / "finding-10.png")
    assert [each.name for each in collect(output).artifacts][-3:] == [
        "finding-1.png",
        "finding-2.png",
        "finding-10.png",
    ]


def _open_all(output: Path) -> None:
    for artifact in collect(output).artifacts:
        artifact.open().close()


def refuse(output: Path) -> None:
    with pytest.raises(AnalysisFailed) as caught:
        _open_all(output)
    assert caught.value.code is FailureCode.INTERNAL


@pytest.mark.parametrize("name", [RESULT, "mask.nii.gz"])
def test_a_link_is_refused(output: Path, tmp_path: Path, name: str) -> None:
    (output / name).rename(tmp_path / name)
    (output / name).symlink_to(tmp_path / name)
    refuse(output)


@pytest.mark.parametrize("name", [RESULT, "mask.nii.gz"])
def test_a_second_name_of_a_file_is_refused(output: Path, tmp_path: Path, name: str) -> None:
    (output / name).rename(tmp_path / name)
    (output / name).hardlink_to(tmp_path / name)
    refuse(output)


@pytest.mark.parametrize("name", [RESULT, "mask.nii.gz"])
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(output: Path, name: str) -> None:
    (output / name).unlink()
    os.mkfifo(output / name)
    refuse(output)


def test_a_folder_that_became_a_link_is_refused(output: Path, tmp_path: Path) -> None:
    output.rename(tmp_path / "elsewhere")
    output.symlink_to(tmp_path / "elsewhere")
    refuse(output)


def test_a_link_that_took_the_place_of_a_listed_artifact_is_refused(output: Path, tmp_path: Path) -> None:
    mask = collect(output).artifacts[0]
    (output / mask.name).rename(tmp_path / mask.name)
    (output / mask.name).symlink_to(tmp_path / mask.name)
    with pytest.raises(AnalysisFailed):
        mask.open()


def test_an_unexpected_file_is_refused(output: Path) -> None:
    (output / "finding-0.png").write_bytes(b"")
    refuse(output)


def test_an_invalid_result_is_refused(output: Path) -> None:
    (output / RESULT).write_text('{"findings": []}')
    refuse(output)


def test_a_result_too_large_to_read_is_refused(output: Path) -> None:
    with (output / RESULT).open("ab") as file:
        file.write(b" " * (17 << 20))
    refuse(output)
