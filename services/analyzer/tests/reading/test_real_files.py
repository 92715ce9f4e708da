"""Real images with known properties, documented in `../shared/data/README.md`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analyzer.domain.failures import AnalysisFailed
from analyzer.domain.study import Study
from analyzer.references.interpret import interpret_references

Read = Callable[..., Study]


def test_slices_spaced_5_and_10_mm_keep_their_distances(read: Read, shared_data: Path) -> None:
    study = read(shared_data / "ct_4slices_5_and_10mm_apart.zip")
    np.testing.assert_allclose(study.series.volume.slice_steps, [5, 5, 10], atol=1e-5)
    assert study.series.volume.gaps == (2,)
    assert study.series.volume.modality == "CT"


def test_an_mr_series_is_read_as_mr(read: Read, shared_data: Path) -> None:
    volume = read(shared_data / "mr_4slices.zip").series.volume
    assert volume.modality == "MR"
    np.testing.assert_allclose(volume.slice_steps, [1, 1, 1], atol=1e-9)


def test_dicom_and_nifti_of_one_ct_give_the_same_volume(read: Read, shared_data: Path) -> None:
    dicom = read(shared_data / "sts019_ct_with_rtstruct.zip")
    nifti = read(shared_data / "sts019_ct.nii.gz")
    first, second = dicom.series.volume, nifti.series.volume
    assert first.modality == second.modality == "CT"
    np.testing.assert_array_equal(first.voxels, second.voxels)
    np.testing.assert_allclose(first.origins, second.origins, atol=1e-4)
    np.testing.assert_allclose(first.spacing, second.spacing, atol=1e-5)
    assert [reference.dataset.Modality for reference in dicom.references if reference.dataset] == ["RTSTRUCT"]


def test_a_mask_beside_its_ct_is_a_reference_on_the_same_grid(read: Read, shared_data: Path) -> None:
    study = read(shared_data / "sts019_ct.nii.gz", shared_data / "sts019_ct_gtv_mask.nii.gz")
    (reference,) = study.references
    assert reference.nifti is not None
    volume = float(reference.nifti.voxels.sum(axis=(1, 2)) @ reference.nifti.voxel_volumes)
    np.testing.assert_allclose(volume, 17_351, rtol=0.01)
    np.testing.assert_allclose(reference.nifti.origins, study.series.volume.origins, atol=1e-6)


def test_a_segmentation_of_an_organ_is_collected_beside_its_slices(read: Read, shared_data: Path) -> None:
    study = read(shared_data / "ct_3slices_with_liver_seg.zip")
    (reference,) = study.references
    assert reference.dataset is not None
    assert reference.dataset.pixel_array.sum() == 107_098
    np.testing.assert_allclose(study.series.volume.slice_steps, [1, 1], atol=1e-6)


def test_a_ras_nifti_is_converted_to_lps(read: Read, shared_data: Path) -> None:
    volume = read(shared_data / "ct_trunk_3mm.nii.gz").series.volume
    assert volume.voxels.shape == (112, 101, 122)
    assert volume.modality == "CT"
    np.testing.assert_allclose(volume.spacing, [3, 3, 3])
    last = volume.to_patient(np.array([[121.0, 100.0, 0.0]]))
    np.testing.assert_allclose(last, [[177.95632935, -11.31900024, 94.30175781]], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("decimal_comma", 0.005),
        ("numbers_under_a_text_vr", 0.005),
        ("explicit_big_endian_without_meta", 0.005),
        ("jpegls_zero_before_the_end", 0.005),
        ("j2k_in_jp2_boxes", 0.005),
        ("rle_segment_too_long", 0.005),
        ("native_pixels_under_a_compressed_syntax", 0.005),
        ("mask_with_nan", 0.005),
        ("zip64_records_beside_real_values", 0.005),
        ("contour_beyond_64k", 0.05),
    ],
)
def test_a_deviating_file_gives_the_supplied_volume(read: Read, shared_data: Path, name: str, tolerance: float) -> None:
    study = read(shared_data / "cases" / f"{name}.zip")
    (segment,) = interpret_references(study).segments
    volumes = study.series.volume.voxel_volumes[segment.offset[0] :][: len(segment.mask)]
    np.testing.assert_allclose(float(segment.mask.sum(axis=(1, 2)) @ volumes), 2988, rtol=tolerance)
    assert study.ignored == {}


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("nifti_sform_of_another_size.nii.gz", ["NIFTI_SIZES_DIFFER"]),
        ("nifti_sform_of_ones.nii.gz", ["NIFTI_SIZES_DIFFER"]),
        ("nifti_nan_outside.nii.gz", []),
    ],
)
def test_a_deviating_nifti_is_a_ct_on_its_grid(read: Read, shared_data: Path, name: str, warning: list[str]) -> None:
    study = read(shared_data / "cases" / name)
    assert study.series.volume.modality == "CT"
    np.testing.assert_allclose(study.series.volume.spacing, [2.6, 2.6, 2.5], rtol=1e-5)
    assert [each.code for each in study.warnings] == warning


@pytest.mark.parametrize("name", ["deflate64.zip", "another_archive.tar.gz"])
def test_an_archive_that_is_not_read_is_refused_with_what_to_do(read: Read, shared_data: Path, name: str) -> None:
    with pytest.raises(AnalysisFailed) as failed:
        read(shared_data / "cases" / name)
    assert any(word in failed.value.message.ru for word in ("паку", "ZIP"))
