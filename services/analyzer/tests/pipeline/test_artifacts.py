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


def test_artifacts_are_listed_with_type_and_size_in_a_stable_order(output: Path, with_seg: tuple[Result, Path]) -> None:
    outcome = collect(output)
    assert outcome.result == with_seg[0]
    assert [(each.name, each.media_type) for each in outcome.artifacts] == [
        ("mask.nii.gz", "application/gzip"),
        ("segmentation.dcm", "application/dicom"),
        ("finding-1.png", "image/png"),
        ("finding-2.png", "image/png"),
    ]
    assert all(each.size == len(each.path.read_bytes()) for each in outcome.artifacts)


def test_pictures_are_in_the_order_of_their_numbers(output: Path) -> None:
    shutil.copy(output / "finding-1.png", output / "finding-10.png")
    assert [each.name for each in collect(output).artifacts][-3:] == [
        "finding-1.png",
        "finding-2.png",
        "finding-10.png",
    ]


def refuse(output: Path) -> None:
    with pytest.raises(AnalysisFailed) as caught:
        collect(output)
    assert caught.value.code is FailureCode.INTERNAL


@pytest.mark.parametrize("name", [RESULT, "mask.nii.gz"])
def test_a_link_is_refused(output: Path, tmp_path: Path, name: str) -> None:
    (output / name).rename(tmp_path / name)
    (output / name).symlink_to(tmp_path / name)
    refuse(output)


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
