"""NIfTI images of four dimensions: the first volume is read, the others are listed; vectors are refused."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.inflation import InflationBudget
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.nifti import read_nifti
from analyzer.reading.sources import LocalFile
from testkit.images.dicom_files import write_series, write_zip
from testkit.images.nifti_files import write_nifti

Read = Callable[..., Study]
PACKINGS = ("a.nii", "a.nii.gz", "a.zip")
KEY = b"secret of the tests"


def later(phantom: Volume, count: int = 2) -> list[NDArray[np.int16]]:
    return [(phantom.voxels + 100 * number).astype(np.int16) for number in range(1, count + 1)]


def packed(path: Path, nifti: Path) -> Path:
    """Return the NIfTI file, or a ZIP of it where the name of `path` says so."""
    return write_zip(path, {"x": nifti.read_bytes()}) if path.suffix == ".zip" else nifti


def several(phantom: Volume, path: Path, **options: Any) -> Path:
    name = "a.nii.gz" if path.suffix == ".gz" else "a.nii"
    return packed(path, write_nifti(phantom, path.parent / name, further=later(phantom), **options))


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_first_of_several_volumes_is_read_and_the_others_are_listed(
    phantom: Volume, tmp_path: Path, read: Read, packing: str
) -> None:
    study = read(several(phantom, tmp_path / packing))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.not_analysed == [(study.series.series_key, "same_rank")] * 2
    assert [warning.code for warning in study.warnings] == ["SEVERAL_VOLUMES"]
    assert study.ignored == {}


def test_packing_does_not_change_the_identity_of_several_volumes(phantom: Volume, tmp_path: Path, read: Read) -> None:
    assert len({read(several(phantom, tmp_path / packing)).series.series_key for packing in PACKINGS}) == 1


def test_the_axes_of_several_volumes_may_have_any_order_and_direction(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    volume = read(several(phantom, tmp_path / "a.nii", axes=(2, 0, 1), flipped=(True, False, True))).series.volume
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.origins, phantom.origins, atol=1e-4)


@pytest.mark.parametrize("fourth", [1, 0])
def test_a_fourth_axis_of_one_is_the_image_itself(phantom: Volume, tmp_path: Path, read: Read, fourth: int) -> None:
    study = read(with_sides(write_nifti(phantom, tmp_path / "a.nii"), 4, [48, 40, 12, fourth, 1, 1, 1]))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert (study.not_analysed, study.warnings) == ([], [])


def with_sides(path: Path, dimensions: int, sides: list[int], intent: int = 0) -> Path:
    content = bytearray(path.read_bytes())
    header: Any = nib.Nifti1Header(bytes(content[:348]), check=False)
    header["dim"], header["intent_code"] = [dimensions, *sides], intent
    content[:348] = header.binaryblock
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("dimensions", "sides", "intent"),
    [
        (5, [48, 40, 12, 1, 3, 1, 1], 1007),
        (5, [48, 40, 12, 1, 3, 1, 1], 0),
        (4, [48, 40, 12, 3, 1, 1, 1], 1007),
        (4, [48, 40, 12, 3, 1, 1, 1], 2003),
        (7, [48, 40, 12, 1, 1, 1, 3], 0),
    ],
)
def test_several_values_of_one_voxel_are_refused(
    phantom: Volume, tmp_path: Path, read: Read, dimensions: int, sides: list[int], intent: int
) -> None:
    path = with_sides(several(phantom, tmp_path / "a.nii"), dimensions, sides, intent)
    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    assert failed.value.code is FailureCode.GEOMETRY_MIXED
    assert "vector" in failed.value.message.en


@pytest.mark.parametrize("packing", PACKINGS)
def test_volumes_that_end_early_are_damage(phantom: Volume, tmp_path: Path, read: Read, packing: str) -> None:
    path = with_sides(several(phantom, tmp_path / "a.nii"), 4, [48, 40, 12, 4, 1, 1, 1])
    if packing == "a.nii.gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(AnalysisFailed) as failed:
        read(packed(tmp_path / packing, path))
    assert failed.value.code is FailureCode.NO_IMAGE


def test_only_one_of_several_volumes_takes_memory(phantom: Volume, tmp_path: Path, read: Read) -> None:
    limits = ReadingLimits(volume_bytes=phantom.voxels.nbytes)
    study = read(several(phantom, tmp_path / "a.nii.gz"), limits=limits)
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)


def test_more_volumes_than_a_result_can_list_are_too_large(phantom: Volume, tmp_path: Path, read: Read) -> None:
    path = with_sides(write_nifti(phantom, tmp_path / "a.nii"), 4, [48, 40, 12, 10_001, 1, 1, 1])
    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    assert failed.value.code is FailureCode.TOO_LARGE


@dataclass(frozen=True)
class CountingFile(LocalFile):
    """A file on disk that counts the bytes read of it."""

    counted: list[int]

    def pieces(self) -> Iterator[bytes]:
        for piece in super().pieces():
            self.counted.append(len(piece))
            yield piece


def test_a_plain_file_is_read_up_to_the_end_of_its_first_volume(phantom: Volume, tmp_path: Path) -> None:
    path = write_nifti(phantom, tmp_path / "a.nii", further=later(phantom, 60))
    source = CountingFile(path, path.stat().st_size, InflationBudget(), [])
    assert read_nifti(source, ReadingLimits(), 2**30, KEY).volumes == 61
    assert sum(source.counted) < source.size / 4


def mask_of(phantom: Volume, path: Path, volumes: int) -> bytes:
    lesion = (phantom.voxels > 300).astype(np.uint8)
    return write_nifti(phantom, path, voxels=lesion, further=[lesion] * (volumes - 1)).read_bytes()


@pytest.mark.parametrize("volumes", [1, 3])
def test_a_mask_of_one_volume_or_as_many_as_the_image_belongs_to_the_first(
    phantom: Volume, tmp_path: Path, read: Read, volumes: int
) -> None:
    image = several(phantom, tmp_path / "a.nii").read_bytes()
    study = read(write_zip(tmp_path / "a", {"x": image, "y": mask_of(phantom, tmp_path / "m.nii", volumes)}))
    (reference,) = study.references
    assert reference.nifti is not None
    np.testing.assert_array_equal(reference.nifti.voxels, phantom.voxels > 300)
    assert (reference.volumes, study.series.volumes) == (volumes, 3)


def test_the_volumes_of_an_image_beside_a_series_are_all_listed(phantom: Volume, tmp_path: Path, read: Read) -> None:
    image = several(phantom, tmp_path / "a.nii").read_bytes()
    study = read(write_series(phantom, tmp_path / "a", extra={"x": image}))
    assert [reason for _, reason in study.not_analysed] == ["nifti_beside_dicom"] * 3


@pytest.mark.parametrize("magic", [b"ni1\0", b"ni2\0"])
def test_a_header_without_voxels_is_refused_with_what_to_do(
    phantom: Volume, tmp_path: Path, read: Read, magic: bytes
) -> None:
    content = bytearray(write_nifti(phantom, tmp_path / "a.nii").read_bytes())
    content[344:348] = b"\0" * 4
    offset = 344 if magic == b"ni1\0" else 4
    content[offset : offset + 4] = magic
    with pytest.raises(AnalysisFailed) as failed:
        read(write_zip(tmp_path / "a", {"x.hdr": bytes(content[:540]), "x.img": bytes(content[540:])}))
    assert failed.value.code is FailureCode.NO_IMAGE
    assert ".img" in failed.value.message.en
