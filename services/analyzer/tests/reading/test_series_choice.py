from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.keyed_hash import keyed_hash
from testkit.images.dicom_datasets import SeriesIdentity, slice_datasets
from testkit.images.dicom_files import members_of, series_members, write_series, write_zip
from testkit.images.nifti_files import write_nifti

Read = Callable[..., Study]
FIRST, SECOND = sorted(
    (SeriesIdentity(series="1"), SeriesIdentity(series="2")), key=lambda identity: identity.series_uid
)
KEY = b"secret of the tests"


def spread(volume: Volume, factor: float) -> Volume:
    return replace(volume, origins=volume.origins * [1, 1, factor])


def first_slices(volume: Volume, count: int) -> Volume:
    return replace(volume, voxels=volume.voxels[:count], origins=volume.origins[:count])


def as_mr(volume: Volume) -> Volume:
    return replace(volume, modality="MR")


def thin_and_few(volume: Volume) -> Volume:
    return first_slices(spread(volume, 0.5), 7)


def thick(volume: Volume) -> Volume:
    return spread(volume, 2)


def one_less(volume: Volume) -> Volume:
    return first_slices(volume, 11)


def pair(tmp_path: Path, better: Volume, worse: Volume, *, image_type: str = "ORIGINAL") -> Path:
    """Write the better series with the larger UID, so that the UID cannot decide."""
    others = slice_datasets(worse, FIRST)
    for dataset in others:
        dataset.ImageType = [image_type, "PRIMARY", "AXIAL"]
    return write_zip(tmp_path / "a", members_of(others, "worse") | series_members(better, SECOND))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (as_mr, "other_modality"),
        (thin_and_few, "few_slices"),
        (thick, "thicker_slices"),
        (one_less, "fewer_slices"),
    ],
)
def test_the_better_series_is_chosen_and_the_reason_is_reported(
    phantom: Volume, tmp_path: Path, read: Read, change: Callable[[Volume], Volume], reason: str
) -> None:
    study = read(pair(tmp_path, phantom, change(phantom)))
    assert study.series.series_key == keyed_hash(KEY, SECOND.series_uid)
    assert study.not_analysed == [(keyed_hash(KEY, FIRST.series_uid), reason)]


def test_original_images_come_before_thinner_derived_ones(phantom: Volume, tmp_path: Path, read: Read) -> None:
    study = read(pair(tmp_path, phantom, spread(phantom, 0.5), image_type="DERIVED"))
    assert study.not_analysed == [(keyed_hash(KEY, FIRST.series_uid), "derived")]


def test_the_smallest_uid_decides_between_equal_series(phantom: Volume, tmp_path: Path, read: Read) -> None:
    study = read(pair(tmp_path, phantom, phantom))
    assert study.series.series_key == keyed_hash(KEY, FIRST.series_uid)
    assert study.not_analysed == [(keyed_hash(KEY, SECOND.series_uid), "same_rank")]


def test_two_grids_under_one_series_uid_are_two_series(phantom: Volume, tmp_path: Path, read: Read) -> None:
    coarse = replace(phantom, pixel_spacing=(2.0, 2.0), origins=phantom.origins + 200)
    others = slice_datasets(coarse)
    study = read(write_zip(tmp_path / "a", members_of(others, "coarse") | series_members(phantom)))
    assert len(study.not_analysed) == 1
    assert len(study.series.volume.voxels) == 12


def test_without_series_uids_slices_are_grouped_by_frame_of_reference(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    members: dict[str, bytes] = {}
    for seed, volume in (("a", phantom), ("b", spread(phantom, 2))):
        datasets = slice_datasets(volume, SeriesIdentity(seed=seed))
        for dataset in datasets:
            dataset.SeriesInstanceUID = ""
            dataset.StudyInstanceUID = ""
        members |= members_of(datasets, seed)
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert [reason for _, reason in study.not_analysed] == ["thicker_slices"]
    assert len(study.series.study_key) == 16


def test_an_empty_sop_class_is_read_from_the_file_meta_information(phantom: Volume, tmp_path: Path, read: Read) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        dataset.SOPClassUID = ""
        dataset.file_meta.MediaStorageSOPClassUID = uid.CTImageStorage
    study = read(write_zip(tmp_path / "a", members_of(datasets)))
    assert study.series.volume.modality == "CT"


def test_without_a_sop_class_rows_and_pixels_identify_an_image(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = {
        name: content[132:].replace(uid.CTImageStorage.encode().ljust(26, b"\0"), b"\0" * 26)
        for name, content in series_members(phantom).items()
    }
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.series.volume.modality == "CT"


def test_dicom_is_preferred_to_nifti(phantom: Volume, tmp_path: Path, read: Read) -> None:
    nifti = write_nifti(spread(phantom, 0.5), tmp_path / "a.nii.gz")
    study = read(write_series(phantom, tmp_path / "b"), nifti)
    assert len(study.series.headers) == 12
    assert [reason for _, reason in study.not_analysed] == ["nifti_beside_dicom"]


def test_keyed_hashes_hide_the_uids_and_depend_on_the_secret(phantom: Volume, tmp_path: Path, read: Read) -> None:
    study = read(write_series(phantom, tmp_path / "a"))
    assert study.series.series_key == keyed_hash(KEY, SeriesIdentity().series_uid)
    assert study.series.study_key != study.series.series_key
    assert keyed_hash(b"another", SeriesIdentity().series_uid) != study.series.series_key


def test_colour_images_and_localizers_alone_fail_as_no_image(phantom: Volume, tmp_path: Path, read: Read) -> None:
    localizers = slice_datasets(phantom)
    for dataset in localizers:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    with pytest.raises(AnalysisFailed) as failed:
        read(write_zip(tmp_path / "a", members_of(localizers)))
    assert failed.value.code is FailureCode.NO_IMAGE
