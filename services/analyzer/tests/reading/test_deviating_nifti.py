"""NIfTI with NaN outside of the field of view, or with headers that contradict themselves."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_files import write_series, write_zip
from testkit.images.nifti_files import LPS_TO_RAS, affine_of, write_nifti

Read = Callable[..., Study]


@pytest.fixture
def outside(phantom: Volume) -> NDArray[np.bool_]:
    """The voxels outside of a cylinder, and the first slice."""
    slices, rows, columns = np.indices(phantom.voxels.shape)
    return ((rows - 20) ** 2 + (columns - 24) ** 2 > 19**2) | (slices == 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("axes", list(permutations(range(3))), ids=str)
def test_what_is_no_number_outside_of_a_ct_is_air(
    phantom: Volume,
    tmp_path: Path,
    read: Read,
    outside: NDArray[np.bool_],
    axes: tuple[int, int, int],
    value: float,
) -> None:
    voxels = np.where(outside, np.float32(value), phantom.voxels.astype(np.float32))
    volume = read(write_nifti(phantom, tmp_path / "a.nii", voxels=voxels, axes=axes)).series.volume
    assert volume.modality == "CT"
    np.testing.assert_array_equal(volume.voxels, np.where(outside, -1024, phantom.voxels))
    assert volume.voxels.dtype == np.int16


def test_what_is_no_number_outside_of_another_image_is_its_lowest_value(
    phantom: Volume, tmp_path: Path, read: Read, outside: NDArray[np.bool_]
) -> None:
    values = (phantom.voxels.astype(np.float32) + 1200) / 7
    voxels = np.where(outside, np.float32(np.nan), values)
    volume = read(write_nifti(phantom, tmp_path / "a.nii", voxels=voxels)).series.volume
    assert volume.modality == ""
    np.testing.assert_allclose(volume.voxels, np.where(outside, values[~outside].min(), values), rtol=1e-6)


@pytest.mark.parametrize("where", ["one voxel", "a slice between others", "everywhere"])
def test_what_is_no_number_inside_of_an_image_is_damage(
    phantom: Volume, tmp_path: Path, read: Read, where: str
) -> None:
    voxels = phantom.voxels.astype(np.float32)
    voxels[{"one voxel": (6, 20, 24), "a slice between others": 6, "everywhere": ...}[where]] = np.nan
    with pytest.raises(AnalysisFailed) as failed:
        read(write_nifti(phantom, tmp_path / "a.nii", voxels=voxels))
    assert failed.value.code is FailureCode.NO_IMAGE


@pytest.mark.parametrize("zeros", [True, False], ids=["zeros too", "no zeros"])
def test_what_is_no_number_in_a_mask_is_not_marked(phantom: Volume, tmp_path: Path, read: Read, zeros: bool) -> None:
    lesion = phantom.voxels > 300
    voxels = np.where(lesion, np.float32(1), np.float32(np.nan))
    voxels[:, :, 0] = 0 if zeros else np.nan
    mask = write_nifti(phantom, tmp_path / "mask.nii", voxels=voxels).read_bytes()
    study = read(write_series(phantom, tmp_path / "a", extra={"mask": mask}))
    (reference,) = study.references
    assert reference.nifti is not None
    np.testing.assert_array_equal(reference.nifti.voxels, lesion)


def with_header(phantom: Volume, path: Path, change: Callable[[Any], None]) -> Path:
    """Write the phantom with sform and qform, and the header changed."""
    content = bytearray(write_nifti(phantom, path).read_bytes())
    header: Any = nib.Nifti1Header(bytes(content[:348]))
    header.set_qform(LPS_TO_RAS @ affine_of(phantom), 1)
    change(header)
    content[:348] = header.binaryblock
    path.write_bytes(content)
    return path


def warnings_of(study: Study) -> list[str]:
    return [warning.code for warning in study.warnings]


def scaled_sform(header: Any) -> None:
    header["srow_z"] = header["srow_z"] * np.array([4 / 3, 4 / 3, 4 / 3, 1])


def unit_sform(header: Any) -> None:
    header["srow_x"], header["srow_y"], header["srow_z"] = np.eye(4)[:3]
    header["sform_code"] = 2


@pytest.mark.parametrize("change", [scaled_sform, unit_sform])
def test_a_sform_of_another_size_gives_way_to_qform_and_pixdim(
    phantom: Volume, tmp_path: Path, read: Read, change: Callable[[Any], None]
) -> None:
    study = read(with_header(phantom, tmp_path / "a.nii", change))
    np.testing.assert_allclose(study.series.volume.spacing, phantom.spacing, rtol=1e-5)
    np.testing.assert_allclose(study.series.volume.origins, phantom.origins, atol=1e-3)
    assert "NIFTI_SIZES_DIFFER" in warnings_of(study)


def test_one_size_against_another_is_refused(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(header: Any) -> None:
        scaled_sform(header)
        header["qform_code"] = 0

    with pytest.raises(AnalysisFailed) as failed:
        read(with_header(phantom, tmp_path / "a.nii", change))
    assert failed.value.code is FailureCode.GEOMETRY_MIXED
    assert "sform" in failed.value.message.en


def test_a_size_that_pixdim_leaves_out_contradicts_nothing(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(header: Any) -> None:
        header["qform_code"], header["pixdim"][1:4] = 0, 0

    study = read(with_header(phantom, tmp_path / "a.nii", change))
    np.testing.assert_allclose(study.series.volume.spacing, phantom.spacing, rtol=1e-5)
    assert warnings_of(study) == []


def test_the_sform_wins_over_a_qform_of_another_place_with_a_warning(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    def change(header: Any) -> None:
        header["qoffset_x"] += 30

    study = read(with_header(phantom, tmp_path / "a.nii", change))
    np.testing.assert_allclose(study.series.volume.origins, phantom.origins, atol=1e-3)
    assert "NIFTI_PLACES_DIFFER" in warnings_of(study)


@pytest.mark.parametrize("row", [np.zeros(4), np.full(4, np.nan), np.full(4, 1e30)], ids=["flat", "nan", "far"])
def test_an_unusable_sform_gives_way_to_the_qform(
    phantom: Volume, tmp_path: Path, read: Read, row: NDArray[np.float64]
) -> None:
    def change(header: Any) -> None:
        header["srow_z"] = row

    volume = read(with_header(phantom, tmp_path / "a.nii", change)).series.volume
    np.testing.assert_allclose(volume.origins, phantom.origins, atol=1e-3)


@pytest.mark.parametrize("change", ["no handedness", "negative sides", "impossible rotation beside a sform"])
def test_careless_fields_of_the_qform_do_not_matter(phantom: Volume, tmp_path: Path, read: Read, change: str) -> None:
    def careless(header: Any) -> None:
        header["sform_code"] = 0 if change != "impossible rotation beside a sform" else 1
        if change == "no handedness":
            header["pixdim"][0] = 0
        elif change == "negative sides":
            header["pixdim"][1:4] *= -1
        else:
            header["quatern_b"] = 3

    volume = read(with_header(phantom, tmp_path / "a.nii", careless)).series.volume
    np.testing.assert_allclose(volume.origins, phantom.origins, atol=1e-3)


def test_a_tilted_gantry_contradicts_nothing(
    phantom: Volume, tmp_path: Path, read: Read, moved: Callable[[Any], Volume]
) -> None:
    """The distance of the slices is stated along the table, or along the normal of the slices."""
    tilted = phantom.origins + np.outer(np.arange(len(phantom.origins)), [0, 0.8, 0])
    volume = moved(tilted)

    def along_normal(header: Any) -> None:
        header["qform_code"], header["pixdim"][3] = 0, 2.5

    def along_table(header: Any) -> None:
        header["qform_code"] = 0

    for change in (along_normal, along_table):
        study = read(with_header(volume, tmp_path / "a.nii", change))
        np.testing.assert_allclose(study.series.volume.origins, tilted, atol=1e-3)
        assert warnings_of(study) == []


def test_an_image_of_contradicting_sizes_beside_another_is_counted(phantom: Volume, tmp_path: Path, read: Read) -> None:
    def change(header: Any) -> None:
        scaled_sform(header)
        header["qform_code"] = 0

    wrong = with_header(phantom, tmp_path / "wrong.nii", change).read_bytes()
    right = write_nifti(phantom, tmp_path / "right.nii").read_bytes()
    assert read(write_zip(tmp_path / "a", {"x": wrong, "y": right})).ignored == {"sizes_contradict": 1}
