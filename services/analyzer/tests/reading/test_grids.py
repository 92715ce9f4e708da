"""Slices share a grid when orientation and spacing agree within a tolerance; what is left out is counted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import SeriesIdentity, decimal_strings, slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_zip

Read = Callable[..., Study]


def codes(study: Study) -> list[str]:
    return [warning.code for warning in study.warnings]


@pytest.mark.parametrize("middle", [0.0005, 0.0004999, -0.0015])
def test_a_last_digit_of_the_orientation_loses_no_slice(
    phantom: Volume, tmp_path: Path, read: Read, middle: float
) -> None:
    datasets = slice_datasets(phantom)
    for number, dataset in enumerate(datasets):
        sine = middle + 1e-6 * (number % 3 - 1)
        cosine = (1 - sine**2) ** 0.5
        dataset.ImageOrientationPatient = decimal_strings([cosine, sine, 0, -sine, cosine, 0])
    study = read(write_zip(tmp_path / "a", members_of(datasets)))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.series.volume.row_direction[1] == pytest.approx(middle, abs=1e-7)
    assert len({str(header.ImageOrientationPatient) for header in study.series.headers}) == 1
    assert (study.not_analysed, study.ignored, study.warnings) == ([], {}, [])


@pytest.mark.parametrize("spacing", [0.75005, 0.74995, 0.7500499])
def test_a_last_digit_of_the_spacing_loses_no_slice(
    phantom: Volume, tmp_path: Path, read: Read, spacing: float
) -> None:
    datasets = slice_datasets(phantom)
    for number, dataset in enumerate(datasets):
        dataset.PixelSpacing = decimal_strings([spacing + 1e-6 * (number % 3 - 1)] * 2)
    study = read(write_zip(tmp_path / "a", members_of(datasets)))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.series.volume.pixel_spacing == pytest.approx((spacing, spacing), abs=1e-9)
    assert (study.not_analysed, study.ignored, study.warnings) == ([], {}, [])


@pytest.mark.parametrize(("others", "warned"), [(1, False), (2, True)])
def test_slices_of_another_matrix_are_counted_and_many_are_warned_about(
    phantom: Volume, tmp_path: Path, read: Read, others: int, warned: bool
) -> None:
    small = replace(phantom, voxels=phantom.voxels[:others, :20], origins=phantom.origins[:others] + 0.5)
    strange = slice_datasets(small)
    for number, dataset in enumerate(strange):
        dataset.SOPInstanceUID = SeriesIdentity(series="strange").instance_uid(number)
    study = read(write_zip(tmp_path / "a", members_of(slice_datasets(phantom)) | members_of(strange, "strange")))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.ignored == {"other_grid": others}
    assert codes(study) == (["SLICES_LEFT_OUT"] if warned else [])


def picture(phantom: Volume, **changes: object) -> Dataset:
    dataset = slice_datasets(phantom)[0]
    dataset.SOPInstanceUID = SeriesIdentity(series="picture").instance_uid(0)
    for keyword, value in changes.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    return dataset


UNPLACED = {"ImagePositionPatient": None, "ImageOrientationPatient": None}


@pytest.mark.parametrize(
    "changes",
    [
        {**UNPLACED, "PixelSpacing": None, "ImageType": ["DERIVED", "SECONDARY", "OTHER"]},
        {**UNPLACED, "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]},
        {"PixelSpacing": None, "ImageType": ["DERIVED", "PRIMARY", "MIP"]},
        {"RescaleSlope": None, "ImageType": ["DERIVED", "SECONDARY"]},
    ],
)
def test_a_picture_beside_the_slices_is_left_out(
    phantom: Volume, tmp_path: Path, read: Read, changes: dict[str, object]
) -> None:
    members = members_of(slice_datasets(phantom)) | {"picture": file_bytes(picture(phantom, **changes))}
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.ignored == {"geometry_missing": 1}
    assert codes(study) == []
