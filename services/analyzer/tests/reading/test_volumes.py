"""Several volumes in one series: each is kept whole, and where nothing tells them apart the series is refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import UID

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import SeriesIdentity, slice_datasets
from testkit.images.dicom_files import members_of, write_zip

Read = Callable[..., Study]
SLICES = 12


def later(volume: Volume) -> Volume:
    return replace(volume, voxels=(volume.voxels + 100).astype(np.int16))


def moved(volume: Volume, millimetres: float) -> Volume:
    return replace(later(volume), origins=volume.origins + np.array([0, 0, millimetres]))


def part(volume: Volume, slices: slice) -> Volume:
    return replace(volume, voxels=volume.voxels[slices], origins=volume.origins[slices])


def volumes(*each: Volume) -> list[list[Dataset]]:
    """Write volumes into one series, each slice with an instance UID of its own and the instance number 1."""
    written = [slice_datasets(volume) for volume in each]
    for number, datasets in enumerate(written):
        for index, dataset in enumerate(datasets):
            dataset.SOPInstanceUID = SeriesIdentity(series=f"volume {number}").instance_uid(index)
            dataset.file_meta.MediaStorageSOPInstanceUID = UID(dataset.SOPInstanceUID)
            dataset.InstanceNumber = 1
    return written


def mark(datasets: Sequence[Dataset], keyword: str, values: Sequence[object] | object) -> None:
    each = values if isinstance(values, list) else [values] * len(datasets)
    for dataset, value in zip(datasets, each, strict=True):
        setattr(dataset, keyword, value)


def upload(path: Path, written: Sequence[Sequence[Dataset]]) -> Path:
    """Write the files in an order that says nothing."""
    members = {
        f"{number}/{name}": content
        for number, datasets in enumerate(written)
        for name, content in members_of(datasets).items()
    }
    shuffled = np.random.default_rng(3).permutation(sorted(members))
    return write_zip(path, {str(name): members[str(name)] for name in shuffled})


def times(first: int, count: int = SLICES, step: int = 1) -> list[object]:
    return [f"12{second // 60:02}{second % 60:02}" for second in range(first, first + count * step, step)]


def assert_whole(study: Study, volume: Volume) -> None:
    np.testing.assert_array_equal(study.series.volume.voxels, volume.voxels)
    np.testing.assert_allclose(study.series.volume.origins, volume.origins, atol=1e-6)


@pytest.mark.parametrize(
    ("keyword", "first", "second"),
    [
        ("SeriesNumber", 2, 3),
        ("SeriesDescription", "before", "with contrast"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"], ["ORIGINAL", "PRIMARY", "REFORMATTED"]),
        ("ConvolutionKernel", "B30f", "B70f"),
        ("KVP", "80", "140"),
        ("FlipAngle", "5", "15"),
        ("FilterType", "A", "B"),
        ("ReconstructionDiameter", "300", "400"),
        ("SliceThickness", "2.5", "5"),
        ("EchoTime", "4.6", "9.2"),
        ("DiffusionBValue", 0.0, 1000.0),
        ("TemporalPositionIdentifier", 1, 2),
        ("NominalPercentageOfCardiacPhase", 40.0, 75.0),
        ("TriggerTime", "0", "70"),
        ("AcquisitionNumber", 1, 2),
        ("AcquisitionTime", "120000", "120010.5"),
        ("AcquisitionDateTime", "20240101120000", "20240101120010"),
        ("ContentTime", "120000", "120010"),
        ("FrameReferenceTime", "1000", "61000"),
        ("RepetitionTime", "500", "2500"),
        ("ContrastBolusAgent", "", "iohexol"),
        ("ImageComments", "arterial", "venous"),
    ],
)
def test_volumes_at_one_place_are_told_apart_by_what_differs(
    phantom: Volume, tmp_path: Path, read: Read, keyword: str, first: object, second: object
) -> None:
    written = volumes(phantom, later(phantom))
    for datasets, value in zip(written, (first, second), strict=True):
        for dataset in datasets:
            setattr(dataset, keyword, value)
    study = read(upload(tmp_path / "a", written))
    assert_whole(study, phantom)
    assert [reason for _, reason in study.not_analysed] == ["same_rank"]
    assert study.ignored == {"other_volume": SLICES}
    assert [warning.code for warning in study.warnings] == ["SEVERAL_VOLUMES"]


@pytest.mark.parametrize("keyword", ["InstanceNumber", "AcquisitionNumber", "ImageIndex"])
@pytest.mark.parametrize("second", [range(13, 25), range(24, 12, -1)])
def test_volumes_numbered_one_after_the_other_are_told_apart(
    phantom: Volume, tmp_path: Path, read: Read, keyword: str, second: range
) -> None:
    written = volumes(phantom, later(phantom))
    mark(written[0], keyword, list(range(1, 13)))
    mark(written[1], keyword, list(second))
    assert_whole(read(upload(tmp_path / "a", written)), phantom)


def test_time_points_are_told_apart_although_each_slice_has_its_own_time(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    written = volumes(phantom, later(phantom))
    mark(written[0], "AcquisitionTime", times(0))
    mark(written[1], "AcquisitionTime", times(30))
    assert_whole(read(upload(tmp_path / "a", written)), phantom)


def test_a_slice_that_one_time_point_lacks_is_not_taken_from_another(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    written = volumes(phantom, later(phantom))
    mark(written[0], "AcquisitionTime", times(0))
    mark(written[1], "AcquisitionTime", times(30))
    del written[0][4]
    assert_whole(read(upload(tmp_path / "a", written)), later(phantom))


def test_phases_of_a_gated_acquisition_are_told_apart_position_by_position(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    written = volumes(phantom, later(phantom), later(later(phantom)))
    for number, datasets in enumerate(written):
        mark(datasets, "ContentTime", times(number, step=5))
    study = read(upload(tmp_path / "a", written))
    assert_whole(study, phantom)
    assert len(study.not_analysed) == 2


@pytest.mark.parametrize("lacking", [0, 1])
def test_phases_acquired_block_by_block_are_joined_to_whole_volumes(
    phantom: Volume, tmp_path: Path, read: Read, lacking: int
) -> None:
    written = volumes(phantom, later(phantom))
    for number, datasets in enumerate(written):
        mark(datasets, "AcquisitionNumber", [2 * (index // 4) + number + 1 for index in range(SLICES)])
    del written[1][5 : 5 + lacking]
    assert_whole(read(upload(tmp_path / "a", written)), phantom)


@pytest.mark.parametrize(
    "acquired",
    [list(range(12)), [index // 2 + 6 * (index % 2) for index in range(12)], [index // 4 for index in range(12)]],
)
@pytest.mark.parametrize("keyword", ["AcquisitionNumber", "ContentTime", "TriggerTime", "InstanceNumber"])
def test_a_volume_whose_values_change_from_slice_to_slice_stays_whole(
    phantom: Volume, tmp_path: Path, read: Read, keyword: str, acquired: list[int]
) -> None:
    (datasets,) = volumes(phantom)
    mark(datasets, keyword, [str(value + 1) if keyword != "ContentTime" else f"1200{value:02}" for value in acquired])
    study = read(upload(tmp_path / "a", [datasets]))
    assert_whole(study, phantom)
    assert study.not_analysed == []
    assert study.warnings == []


@pytest.mark.parametrize("keyword", ["SliceThickness", "ConvolutionKernel", "KVP", "SeriesNumber"])
def test_blocks_beside_each_other_stay_one_volume(phantom: Volume, tmp_path: Path, read: Read, keyword: str) -> None:
    (datasets,) = volumes(phantom)
    mark(datasets, keyword, ["2" if index < 6 else "3" for index in range(SLICES)])
    assert_whole(read(upload(tmp_path / "a", [datasets])), phantom)


@pytest.mark.parametrize("millimetres", [0.4, 1.1, 1.25, 2.0, 13.6])
def test_passes_that_interleave_or_overlap_are_told_apart_by_the_acquisition(
    phantom: Volume, tmp_path: Path, read: Read, millimetres: float
) -> None:
    written = volumes(phantom, moved(phantom, millimetres))
    for number, datasets in enumerate(written):
        mark(datasets, "AcquisitionNumber", number + 1)
        mark(datasets, "InstanceNumber", list(range(100 * number, 100 * number + SLICES)))
    assert_whole(read(upload(tmp_path / "a", written)), phantom)


def test_passes_that_interleave_evenly_are_told_apart_by_their_numbers(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    written = volumes(phantom, moved(phantom, 1.25))
    for number, datasets in enumerate(written):
        mark(datasets, "InstanceNumber", list(range(100 * number, 100 * number + SLICES)))
    assert_whole(read(upload(tmp_path / "a", written)), phantom)


@pytest.mark.parametrize("count", [1, 4])
def test_slices_that_were_acquired_again_are_left_out(phantom: Volume, tmp_path: Path, read: Read, count: int) -> None:
    written = volumes(phantom, part(later(phantom), slice(5, 5 + count)))
    mark(written[0], "InstanceNumber", list(range(1, 13)))
    mark(written[1], "InstanceNumber", list(range(13, 13 + count)))
    study = read(upload(tmp_path / "a", written))
    assert_whole(study, phantom)
    assert study.ignored == {"other_volume": count}


def test_a_short_acquisition_beside_a_full_one_is_left_out(phantom: Volume, tmp_path: Path, read: Read) -> None:
    written = volumes(part(phantom, slice(0, 5)), later(phantom))
    for number, datasets in enumerate(written):
        mark(datasets, "AcquisitionNumber", number + 1)
    study = read(upload(tmp_path / "a", [*written, written[0][2:3]]))
    assert_whole(study, later(phantom))
    assert study.ignored == {"duplicate_slice": 1, "other_volume": 5}
    assert [reason for _, reason in study.not_analysed] == ["few_slices"]


def unmarked(_written: list[list[Dataset]]) -> None:
    """Set nothing."""


def numbered_at_random(written: list[list[Dataset]]) -> None:
    numbers = np.random.default_rng(5).permutation(2 * SLICES).tolist()
    mark(written[0], "InstanceNumber", numbers[:SLICES])
    mark(written[1], "InstanceNumber", numbers[SLICES:])


def one_slice_marked(written: list[list[Dataset]]) -> None:
    written[0][3].AcquisitionNumber = 7


@pytest.mark.parametrize("millimetres", [0, 1.1])
@pytest.mark.parametrize("marked", [unmarked, numbered_at_random, one_slice_marked])
def test_volumes_that_nothing_tells_apart_are_refused(
    phantom: Volume, tmp_path: Path, read: Read, marked: Callable[[list[list[Dataset]]], None], millimetres: float
) -> None:
    written = volumes(phantom, moved(phantom, millimetres))
    marked(written)
    with pytest.raises(AnalysisFailed) as failed:
        read(upload(tmp_path / "a", written))
    assert failed.value.code is FailureCode.GEOMETRY_MIXED


def test_copies_under_other_instance_uids_are_read_once(phantom: Volume, tmp_path: Path, read: Read) -> None:
    study = read(upload(tmp_path / "a", volumes(phantom, part(phantom, slice(2, 7)))))
    assert_whole(study, phantom)
    assert study.ignored == {"duplicate_slice": 5}


def test_series_whose_uid_was_emptied_are_told_apart_by_their_number(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    apart = replace(later(phantom), origins=phantom.origins + np.array([0, 0, 2.5 * SLICES]))
    written = volumes(phantom, apart)
    for number, datasets in enumerate(written):
        mark(datasets, "SeriesInstanceUID", "")
        mark(datasets, "SeriesNumber", number + 1)
    study = read(upload(tmp_path / "a", written))
    assert len(study.series.volume.voxels) == SLICES
    assert [reason for _, reason in study.not_analysed] == ["same_rank"]
