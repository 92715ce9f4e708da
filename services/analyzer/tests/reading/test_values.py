from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, uid

from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, series_members, write_zip
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_syntaxes import encoded
from testkit.images.nifti_files import write_nifti

Read = Callable[..., Study]


def read_changed(phantom: Volume, tmp_path: Path, read: Read, change: Callable[[Dataset, int], None]) -> Study:
    datasets = slice_datasets(phantom)
    for number, dataset in enumerate(datasets):
        change(dataset, number)
    return read(write_zip(tmp_path / "a", members_of(datasets)))


def test_each_slice_has_its_own_slope_and_intercept(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.RescaleSlope = str(1 + number % 2)
        dataset.RescaleIntercept = str(-1024 - number)

    voxels = read_changed(phantom, tmp_path, read, change).series.volume.voxels
    stored = phantom.voxels.astype(int) + 1024
    truth = np.stack([stored[number] * (1 + number % 2) - 1024 - number for number in range(12)])
    assert voxels.dtype == np.int16
    np.testing.assert_array_equal(voxels, truth)


def test_each_frame_has_its_own_slope_and_intercept(phantom: Volume, tmp_path: Path, read: Read) -> None:
    dataset = multi_frame_dataset(phantom)
    for number, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        groups.PixelValueTransformationSequence[0].RescaleIntercept = str(-1024 - number)
    path = tmp_path / "a"
    path.write_bytes(file_bytes(dataset))
    truth = phantom.voxels - np.arange(12)[:, None, None]
    np.testing.assert_array_equal(read(path).series.volume.voxels, truth)


def test_fractional_values_are_stored_as_float32(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.RescaleSlope = "0.5" if number == 7 else "1"

    voxels = read_changed(phantom, tmp_path, read, change).series.volume.voxels
    truth = phantom.voxels.astype(np.float32)
    truth[7] = (truth[7] + 1024) * 0.5 - 1024
    assert voxels.dtype == np.float32
    np.testing.assert_array_equal(voxels, truth)


def test_values_beyond_16_bits_are_stored_as_float32(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.RescaleSlope = "1000"

    voxels = read_changed(phantom, tmp_path, read, change).series.volume.voxels
    assert voxels.dtype == np.float32
    np.testing.assert_array_equal(voxels, (phantom.voxels.astype(np.float32) + 1024) * 1000 - 1024)


def test_unsigned_values_above_the_signed_range_are_read_correctly(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.PixelRepresentation = 0
        dataset.RescaleIntercept = "-32768"
        dataset.PixelData = (phantom.voxels[number].astype(np.int32) + 32768).astype("<u2").tobytes()

    volume = read_changed(phantom, tmp_path, read, change).series.volume
    assert volume.voxels.dtype == np.int16
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)


def test_bits_above_bits_stored_are_ignored(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.PixelRepresentation = 0
        dataset.BitsStored, dataset.HighBit = 12, 11
        stored = (phantom.voxels[number].astype(np.int32) + 1024) % 4096
        dataset.PixelData = (stored + 0xA000).astype("<u2").tobytes()

    found = read_changed(phantom, tmp_path, read, change).series.volume.voxels
    np.testing.assert_array_equal(found, (phantom.voxels.astype(int) + 1024) % 4096 - 1024)


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.JPEGLosslessSV1, uid.RLELossless])
def test_signed_values_of_twelve_bits_survive_compression(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    signed = np.clip(phantom.voxels, -2000, 2000).astype(np.int16)
    members: list[Dataset] = []
    for dataset, stored in zip(slice_datasets(phantom), signed, strict=True):
        dataset.BitsStored, dataset.HighBit, dataset.RescaleIntercept = 12, 11, "0"
        dataset.PixelData = stored.astype("<i2").tobytes()
        members.append(encoded(dataset, syntax))
    voxels = read(write_zip(tmp_path / "a", members_of(members))).series.volume.voxels
    np.testing.assert_array_equal(voxels, signed)


@pytest.mark.parametrize(("first", "limit"), [(-2000, None), (-2000, -1990), (-1990, -2000)])
def test_the_padding_of_a_ct_becomes_air(
    phantom: Volume, tmp_path: Path, read: Read, first: int, limit: int | None
) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.PixelPaddingValue = first
        if limit is not None:
            dataset.PixelPaddingRangeLimit = limit
        stored = phantom.voxels[number] + 1024
        stored[:3] = -2000 if limit is None else -1995
        dataset.PixelData = stored.astype("<i2").tobytes()

    voxels = read_changed(phantom, tmp_path, read, change).series.volume.voxels
    assert (voxels[:, :3] == -1024).all()
    np.testing.assert_array_equal(voxels[:, 3:], phantom.voxels[:, 3:])


def test_a_ct_without_hounsfield_units_has_no_modality(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.RescaleType = "Z_EFF"

    assert read_changed(phantom, tmp_path, read, change).series.volume.modality == ""


def test_an_mr_needs_no_rescale_slope(phantom: Volume, tmp_path: Path, read: Read) -> None:
    mr = replace(phantom, modality="MR")
    volume = read(write_zip(tmp_path / "a", series_members(mr))).series.volume
    assert volume.modality == "MR"
    np.testing.assert_array_equal(volume.voxels, mr.voxels)


def test_burned_in_annotation_gives_a_warning(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, number: int) -> None:
        dataset.BurnedInAnnotation = "YES" if number == 3 else "NO"

    study = read_changed(phantom, tmp_path, read, change)
    assert study.series.volume.burned_in
    assert [notice.code for notice in study.warnings] == ["BURNED_IN_ANNOTATION"]


def test_a_nifti_of_integral_floats_is_int16(phantom: Volume, tmp_path: Path, read: Read) -> None:
    path = write_nifti(phantom, tmp_path / "a.nii.gz", voxels=phantom.voxels.astype(np.float64))
    voxels = read(path).series.volume.voxels
    assert voxels.dtype == np.int16
    np.testing.assert_array_equal(voxels, phantom.voxels)


def test_a_nifti_of_fractions_is_float32(phantom: Volume, tmp_path: Path, read: Read) -> None:
    fractions = phantom.voxels.astype(np.float32) + np.float32(0.25)
    voxels = read(write_nifti(phantom, tmp_path / "a.nii.gz", voxels=fractions)).series.volume.voxels
    np.testing.assert_array_equal(voxels, fractions)


def nifti_values(phantom: Volume) -> dict[str, tuple[str, np.ndarray]]:
    """Image -> (expected modality, values)."""
    random = np.random.default_rng(5)
    shape = phantom.voxels.shape
    normal = random.normal(0, 1, shape).astype(np.float32)
    return {
        "ct": ("CT", phantom.voxels),
        "padded ct": ("CT", np.where(np.arange(shape[2]) < 4, -3024, phantom.voxels).astype(np.int16)),
        "stored values": ("", phantom.voxels + 1024),
        "normalised": ("", normal),
        "magnitude": ("", np.abs(300 * normal)),
        "phase": ("", random.integers(-4096, 4096, shape).astype(np.int16)),
        "no air": ("", np.maximum(phantom.voxels, -150)),
        "constant": ("", np.full_like(phantom.voxels, -1000)),
    }


def test_a_nifti_is_a_ct_only_with_hounsfield_units(phantom: Volume, tmp_path: Path, read: Read) -> None:
    found = {
        image: read(write_nifti(phantom, tmp_path / "a.nii.gz", voxels=values)).series.volume.modality
        for image, (_, values) in nifti_values(phantom).items()
    }
    assert found == {image: modality for image, (modality, _) in nifti_values(phantom).items()}
