from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import SeriesIdentity, decimal_strings, slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_series, write_zip
from testkit.images.dicom_multiframe import multi_frame_dataset

Read = Callable[..., Study]


def codes(study: Study) -> list[str]:
    return [notice.code for notice in study.warnings]


def test_a_missing_slice_leaves_a_gap_and_the_true_distances(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = members_of(slice_datasets(phantom))
    del members["series/0005.dcm"]
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_allclose(study.series.volume.slice_steps, [2.5] * 4 + [5.0] + [2.5] * 5)
    assert study.series.volume.gaps == (4,)
    assert codes(study) == ["UNEVEN_SLICES", "SLICES_MISSING"]


def test_uneven_slice_distances_are_kept_and_weight_each_slice(phantom: Volume, tmp_path: Path, read: Read) -> None:
    origins = phantom.origins.copy()
    origins[:, 2] = np.cumsum([0, 2, 2, 3, 3, 2, 2, 2, 3, 2, 2, 2])
    study = read(write_series(replace(phantom, origins=origins), tmp_path / "a"))
    volume = study.series.volume
    np.testing.assert_allclose(volume.slice_positions, origins[:, 2])
    np.testing.assert_allclose(volume.slice_extents[:4], [2, 2, 2.5, 3])
    assert codes(study) == ["UNEVEN_SLICES"]


def test_slice_positions_take_precedence_over_slice_thickness(phantom: Volume, tmp_path: Path, read: Read) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        dataset.SliceThickness = "7"
        dataset.SpacingBetweenSlices = "9"
    study = read(write_zip(tmp_path / "a", members_of(datasets)))
    assert study.series.volume.slice_spacing == pytest.approx(2.5)
    assert codes(study) == []


def test_gantry_tilt_is_kept_in_the_origins(phantom: Volume, tmp_path: Path, read: Read) -> None:
    tilt = np.deg2rad(20)
    column = np.array([0, np.cos(tilt), np.sin(tilt)])
    tilted = replace(phantom, column_direction=column)
    volume = read(write_series(tilted, tmp_path / "a")).series.volume
    np.testing.assert_allclose(volume.origins, phantom.origins, atol=1e-6)
    assert volume.slice_spacing == pytest.approx(2.5 * np.cos(tilt))
    assert codes(read(tmp_path / "a")) == []


def test_sagittal_slices_are_ordered_along_their_own_normal(phantom: Volume, tmp_path: Path, read: Read) -> None:
    normal = np.array([-1.0, 0, 0])
    sagittal = replace(
        phantom,
        row_direction=np.array([0.0, 1, 0]),
        column_direction=np.array([0.0, 0, -1]),
        origins=np.array([5.0, 6.0, 7.0]) + np.arange(12)[:, None] * 1.5 * normal,
    )
    volume = read(write_series(sagittal, tmp_path / "a")).series.volume
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.origins, sagittal.origins)


def test_duplicates_of_a_slice_are_read_once(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = members_of(slice_datasets(phantom))
    copies = {f"copy/{name}": content for name, content in list(members.items())[:3]}
    study = read(write_zip(tmp_path / "a", members | copies))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.ignored == {"duplicate_slice": 3}
    assert study.used == 12
    assert codes(study) == ["DUPLICATE_SLICES"]


def test_two_acquisitions_at_one_position_are_two_series(phantom: Volume, tmp_path: Path, read: Read) -> None:
    later = replace(phantom, voxels=(phantom.voxels + 100).astype(np.int16))
    members: dict[str, bytes] = {}
    for number, volume in enumerate((phantom, later), start=1):
        datasets = slice_datasets(volume)
        for index, dataset in enumerate(datasets):
            dataset.AcquisitionNumber = number
            dataset.SOPInstanceUID = SeriesIdentity(series=f"1, {number}").instance_uid(index)
        members |= members_of(datasets, f"acquisition {number}")
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert [reason for _, reason in study.not_analysed] == ["same_rank"]


def test_a_series_without_a_common_grid_is_refused(phantom: Volume, tmp_path: Path, read: Read) -> None:
    datasets = slice_datasets(phantom)
    for number, dataset in enumerate(datasets):
        angle = np.deg2rad(10 * number)
        dataset.ImageOrientationPatient = decimal_strings([np.cos(angle), np.sin(angle), 0, 0, 0, -1])
    assert _failure(read, write_zip(tmp_path / "a", members_of(datasets))) is FailureCode.GEOMETRY_MIXED


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImagePositionPatient", None),
        ("ImageOrientationPatient", None),
        ("PixelSpacing", None),
        ("PixelSpacing", ["0", "1"]),
        ("PixelSpacing", ["-1", "1"]),
        ("ImageOrientationPatient", ["1", "0", "0", "1", "0", "0"]),
        ("ImageOrientationPatient", ["0", "0", "0", "0", "0", "0"]),
        ("ImagePositionPatient", ["1e38", "0", "0"]),
        ("RescaleSlope", None),
        ("RescaleSlope", "0"),
        ("RescaleIntercept", None),
    ],
)
@pytest.mark.parametrize("slices", [1, 12])
def test_missing_or_impossible_geometry_is_refused(
    phantom: Volume, tmp_path: Path, read: Read, keyword: str, value: object, slices: int
) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets[:slices]:
        _replace(dataset, keyword, value)
    assert _failure(read, write_zip(tmp_path / "a", members_of(datasets))) is FailureCode.GEOMETRY_MISSING


def test_a_series_without_geometry_does_not_affect_another(phantom: Volume, tmp_path: Path, read: Read) -> None:
    broken = slice_datasets(phantom, SeriesIdentity(series="0"))
    for dataset in broken:
        del dataset.ImagePositionPatient
    study = read(write_series(phantom, tmp_path / "a", extra=members_of(broken, "broken")))
    assert [reason for _, reason in study.not_analysed] == ["geometry_missing"]
    assert study.ignored == {"geometry_missing": 12}


def test_fewer_frames_than_declared_are_refused(phantom: Volume, tmp_path: Path, read: Read) -> None:
    dataset = multi_frame_dataset(phantom)
    del dataset.PerFrameFunctionalGroupsSequence[-1]
    path = tmp_path / "a"
    path.write_bytes(file_bytes(dataset))
    assert _failure(read, path) is FailureCode.GEOMETRY_MISSING


def test_slightly_oblique_directions_are_orthogonalised(phantom: Volume, tmp_path: Path, read: Read) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        dataset.ImageOrientationPatient = ["1", "0", "0", "0.004", "0.99999", "0"]
    volume = read(write_zip(tmp_path / "a", members_of(datasets))).series.volume
    assert abs(volume.row_direction @ volume.column_direction) < 1e-12
    assert np.linalg.norm(volume.normal) == pytest.approx(1)


def test_a_single_slice_gives_a_warning(phantom: Volume, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a"
    path.write_bytes(file_bytes(slice_datasets(phantom)[5]))
    study = read(path)
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels[5:6])
    assert codes(study) == ["SINGLE_SLICE"]


def _replace(dataset: Dataset, keyword: str, value: object) -> None:
    if value is None:
        del dataset[keyword]
    else:
        setattr(dataset, keyword, value)


def _failure(read: Read, path: Path) -> FailureCode:
    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    return failed.value.code
