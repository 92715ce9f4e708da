"""The phantom gives the same voxels and geometry in every supported encoding."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid

from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import STORED_OFFSET, slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_series, write_zip
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_syntaxes import BASELINE_SLOPE, LOSSLESS
from testkit.images.high_throughput import SIDE, high_throughput_values, with_codestream
from testkit.images.nifti_files import write_nifti

Read = Callable[..., Study]


def assert_same(found: Volume, truth: Volume, tolerance_mm: float = 1e-6) -> None:
    assert found.voxels.dtype == np.int16
    np.testing.assert_array_equal(found.voxels, truth.voxels)
    np.testing.assert_allclose(found.origins, truth.origins, atol=tolerance_mm)
    np.testing.assert_allclose(found.row_direction, truth.row_direction, atol=1e-6)
    np.testing.assert_allclose(found.column_direction, truth.column_direction, atol=1e-6)
    np.testing.assert_allclose(found.pixel_spacing, truth.pixel_spacing, atol=tolerance_mm)
    assert found.modality == truth.modality


@pytest.mark.parametrize("form", ["single", "enhanced", "legacy"])
@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)
def test_every_transfer_syntax_gives_the_same_voxels(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID, form: str
) -> None:
    path = write_series(phantom, tmp_path / "a", syntax=syntax, multi_frame=form != "single", legacy=form == "legacy")
    study = read(path)
    assert_same(study.series.volume, phantom)
    assert study.ignored == {}
    assert not study.series.volume.lossy


@pytest.mark.parametrize("multi_frame", [False, True])
def test_a_baseline_jpeg_is_read_within_its_quantisation_error_and_marked_lossy(
    phantom: Volume, tmp_path: Path, read: Read, multi_frame: bool
) -> None:
    path = write_series(phantom, tmp_path / "a", syntax=uid.JPEGBaseline8Bit, multi_frame=multi_frame)
    study = read(path)
    error = np.abs(study.series.volume.voxels.astype(int) - phantom.voxels)
    assert error.mean() < BASELINE_SLOPE
    assert study.series.volume.lossy
    assert "LOSSY_COMPRESSION" in [notice.code for notice in study.warnings]


@pytest.mark.parametrize("multi_frame", [False, True])
def test_a_12_bit_jpeg_is_read_within_its_quantisation_error_and_marked_lossy(
    phantom: Volume, tmp_path: Path, read: Read, multi_frame: bool
) -> None:
    path = write_series(phantom, tmp_path / "a", syntax=uid.JPEGExtended12Bit, multi_frame=multi_frame)
    study = read(path)
    error = np.abs(study.series.volume.voxels.astype(int) - phantom.voxels)
    assert error.max() <= 1
    assert study.series.volume.lossy


@pytest.mark.parametrize("syntax", [uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K], ids=lambda uid: uid.name)
def test_high_throughput_jpeg_2000_gives_the_same_values(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    square = replace(phantom, voxels=phantom.voxels[:, :SIDE, :SIDE])
    members = members_of([with_codestream(dataset, syntax) for dataset in slice_datasets(square)])
    study = read(write_zip(tmp_path / "a", members))
    values = high_throughput_values().astype(np.int16) - STORED_OFFSET
    np.testing.assert_array_equal(study.series.volume.voxels, np.broadcast_to(values, square.voxels.shape))
    assert study.series.volume.lossy == (syntax == uid.HTJ2K)


def test_the_order_of_the_files_does_not_matter(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = list(members_of(slice_datasets(phantom)).items())
    np.random.default_rng(3).shuffle(members)
    study = read(write_zip(tmp_path / "a", dict(members)))
    assert_same(study.series.volume, phantom)
    assert [study.series.headers[header].InstanceNumber for header, _ in study.series.frames] == list(range(1, 13))


def test_the_order_of_the_frames_does_not_matter(phantom: Volume, tmp_path: Path, read: Read) -> None:
    order = [int(index) for index in np.random.default_rng(3).permutation(12)]
    path = write_zip(tmp_path / "a", {"x": file_bytes(multi_frame_dataset(phantom, order=order))})
    study = read(path)
    assert_same(study.series.volume, phantom)
    assert [frame for _, frame in study.series.frames] == [order.index(index) + 1 for index in range(12)]


def test_descending_instance_numbers_give_the_same_volume(phantom: Volume, tmp_path: Path, read: Read) -> None:
    upside_down = replace(phantom, voxels=phantom.voxels[::-1], origins=phantom.origins[::-1])
    assert_same(read(write_series(upside_down, tmp_path / "a")).series.volume, phantom)


def test_a_reversed_normal_gives_the_same_positions(phantom: Volume, tmp_path: Path, read: Read) -> None:
    """Reversed rows reverse the normal: the indices change, the patient coordinates do not."""
    last_row = phantom.column_direction * phantom.pixel_spacing[1] * (phantom.voxels.shape[1] - 1)
    reversed_rows = replace(
        phantom,
        voxels=phantom.voxels[:, ::-1],
        column_direction=-phantom.column_direction,
        origins=phantom.origins + last_row,
    )
    found = read(write_series(reversed_rows, tmp_path / "a")).series.volume
    assert (np.diff(found.slice_positions) > 0).all()
    np.testing.assert_allclose(_centre_of_ball(found), _centre_of_ball(phantom), atol=1e-6)


def test_stored_members_of_an_archive_give_the_same_volume(phantom: Volume, tmp_path: Path, read: Read) -> None:
    assert_same(read(write_series(phantom, tmp_path / "a", compressed=False)).series.volume, phantom)


def test_files_without_an_archive_give_the_same_volume(phantom: Volume, tmp_path: Path, read: Read) -> None:
    paths = [tmp_path / str(number) for number in range(len(phantom.voxels))]
    for path, content in zip(paths, members_of(slice_datasets(phantom)).values(), strict=True):
        path.write_bytes(content)
    assert_same(read(*paths).series.volume, phantom)


@pytest.mark.parametrize("meta", [True, False], ids=["with meta header", "without"])
def test_files_without_a_preamble_give_the_same_volume(phantom: Volume, tmp_path: Path, read: Read, meta: bool) -> None:
    members: dict[str, bytes] = {}
    for name, content in members_of(slice_datasets(phantom)).items():
        start = 132 if meta else content.index(b"\x08\x00\x08\x00CS")
        members[name] = content[start:]
    assert_same(read(write_zip(tmp_path / "a", members)).series.volume, phantom)


def test_a_missing_transfer_syntax_is_detected(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = {
        name: content[content.index(b"\x08\x00\x08\x00\x16") :] for name, content in _implicit_members(phantom).items()
    }
    assert_same(read(write_zip(tmp_path / "a", members)).series.volume, phantom)


def _implicit_members(phantom: Volume) -> dict[str, bytes]:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        dataset.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    return members_of(datasets)


@pytest.mark.parametrize("axes", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("flipped", list(product([False, True], repeat=3)), ids=str)
def test_permuted_and_flipped_nifti_gives_the_same_volume(
    phantom: Volume,
    tmp_path: Path,
    read: Read,
    axes: tuple[int, int, int],
    flipped: tuple[bool, bool, bool],
) -> None:
    path = write_nifti(phantom, tmp_path / "a.nii.gz", axes=axes, flipped=flipped)
    assert_same(read(path).series.volume, phantom, tolerance_mm=1e-4)


def test_plain_gzipped_and_archived_nifti_give_the_same_volume(phantom: Volume, tmp_path: Path, read: Read) -> None:
    path = write_nifti(phantom, tmp_path / "a.nii")
    assert_same(read(path).series.volume, phantom, tolerance_mm=1e-4)
    archive = write_zip(tmp_path / "a.zip", {"x": path.read_bytes()})
    assert_same(read(archive).series.volume, phantom, tolerance_mm=1e-4)


def _centre_of_ball(volume: Volume) -> np.ndarray:
    slices, rows, columns = np.nonzero(volume.voxels > 200)
    return volume.to_patient(np.stack([columns, rows, slices], axis=1).astype(float)).mean(axis=0)
