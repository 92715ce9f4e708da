"""Real images with known properties, documented in `../shared/data/README.md`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from analyzer.domain.study import Study

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
