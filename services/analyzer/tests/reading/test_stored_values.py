"""Stored values that their description contradicts are read where one reading is possible, and refused elsewhere."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import members_of, write_zip

Read = Callable[..., Study]
Change = Callable[[Dataset, NDArray[np.int32]], None]


def read_changed(phantom: Volume, tmp_path: Path, read: Read, change: Change) -> NDArray[np.generic]:
    datasets = slice_datasets(phantom)
    for dataset, plane in zip(datasets, phantom.voxels.astype(np.int32), strict=True):
        change(dataset, plane)
    return read(write_zip(tmp_path / "a", members_of(datasets))).series.volume.voxels


@pytest.mark.parametrize("signed", [False, True])
def test_values_in_the_high_bits_are_read(phantom: Volume, tmp_path: Path, read: Read, signed: bool) -> None:
    def change(dataset: Dataset, plane: NDArray[np.int32]) -> None:
        stored = plane if signed else plane + 1024
        dataset.PixelData = (stored << 4).astype("<i4").astype("<i2" if signed else "<u2").tobytes()
        dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit = int(signed), 12, 15
        dataset.RescaleIntercept = "0" if signed else "-1024"

    np.testing.assert_array_equal(read_changed(phantom, tmp_path, read, change), phantom.voxels)


def test_values_in_the_low_bits_are_read_whatever_the_high_bit_is_said_to_be(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    def change(dataset: Dataset, plane: NDArray[np.int32]) -> None:
        dataset.PixelData = (plane + 1024).astype("<u2").tobytes()
        dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit = 0, 12, 15

    np.testing.assert_array_equal(read_changed(phantom, tmp_path, read, change), phantom.voxels)


def test_signed_values_of_a_ct_that_are_called_unsigned_are_read_as_signed(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    def change(dataset: Dataset, plane: NDArray[np.int32]) -> None:
        dataset.PixelData = plane.astype("<i2").tobytes()
        dataset.PixelRepresentation, dataset.RescaleIntercept = 0, "0"

    np.testing.assert_array_equal(read_changed(phantom, tmp_path, read, change), phantom.voxels)


def test_a_padding_that_is_called_unsigned_becomes_air(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, plane: NDArray[np.int32]) -> None:
        stored = plane + 1024
        stored[:3] = -2000
        dataset.PixelData = stored.astype("<i2").tobytes()
        dataset.add_new(0x00280120, "US", 2**16 - 2000)

    voxels = read_changed(phantom, tmp_path, read, change)
    assert (voxels[:, :3] == -1024).all()
    np.testing.assert_array_equal(voxels[:, 3:], phantom.voxels[:, 3:])


def test_bits_stored_may_be_left_out(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(dataset: Dataset, _plane: NDArray[np.int32]) -> None:
        del dataset.BitsStored

    np.testing.assert_array_equal(read_changed(phantom, tmp_path, read, change), phantom.voxels)


def without_sign(dataset: Dataset, _plane: NDArray[np.int32]) -> None:
    del dataset.PixelRepresentation


def in_floating_point(dataset: Dataset, plane: NDArray[np.int32]) -> None:
    del dataset.PixelData
    dataset.BitsAllocated = dataset.BitsStored = 32
    dataset.FloatPixelData = plane.astype("<f4").tobytes()


@pytest.mark.parametrize("change", [without_sign, in_floating_point])
def test_values_of_an_unknown_kind_are_refused(phantom: Volume, tmp_path: Path, read: Read, change: Change) -> None:
    with pytest.raises(AnalysisFailed) as failed:
        read_changed(phantom, tmp_path, read, change)
    assert failed.value.code is FailureCode.NO_IMAGE
