"""How the voxels are stored changes no number: order of the slices, direction of an axis, and which axis is which."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from analyzer.domain.result import Finding, Result
from analyzer.domain.volume import Volume
from testkit.images.dicom_files import write_series
from testkit.images.nifti_files import write_nifti
from testkit.images.phantom import Phantom
from testkit.images.reoriented import reoriented

Analysed = tuple[Result, Path]
Analyse = Callable[..., Analysed]
Axes = tuple[int, int, int]
Flips = tuple[bool, bool, bool]

STORED: dict[str, tuple[Axes, Flips]] = {
    "from head to feet": ((0, 1, 2), (False, True, True)),
    "sagittal": ((1, 2, 0), (False, True, True)),
}


def reference(phantom: Phantom, folder: Path) -> Path:
    return write_nifti(phantom.volume, folder / "mask.nii.gz", voxels=(phantom.labels > 0).astype(np.uint8))


@pytest.fixture(scope="module")
def axial(phantom: Phantom, analyse: Analyse, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    folder = tmp_path_factory.mktemp("axial")
    return analyse(write_series(phantom.volume, folder / "a.zip"), reference(phantom, folder))


def numbers(finding: Finding) -> list[float]:
    at, hu = finding.location_lps_mm, finding.hu
    assert hu is not None
    lengths = [finding.long_axis_mm, finding.short_axis_mm, *finding.axes_mm]
    return [at.x, at.y, at.z, *lengths, hu.mean, hu.sd]


def agreement(analysed: Analysed) -> dict[str, float]:
    return {each.name: each.value for each in analysed[0].metrics if each.name != "processing_seconds"}


def assert_equal_numbers(first: Analysed, second: Analysed) -> None:
    pairs = list(zip(first[0].findings, second[0].findings, strict=True))
    assert pairs
    assert agreement(first)["dice_score"] > 0.5
    assert agreement(second) == pytest.approx(agreement(first), abs=1e-3, rel=1e-3)
    for one, other in pairs:
        np.testing.assert_allclose(numbers(one), numbers(other), atol=0.01)
        assert one.volume_mm3 == pytest.approx(other.volume_mm3, rel=0.001)
        assert one.confidence == pytest.approx(other.confidence, abs=0.001)


@pytest.mark.parametrize("stored", STORED)
def test_a_dicom_series_gives_the_same_numbers_however_it_is_stored(
    phantom: Phantom, axial: Analysed, analyse: Analyse, tmp_path: Path, stored: str
) -> None:
    volume = reoriented(phantom.volume, *STORED[stored])
    analysed = analyse(write_series(volume, tmp_path / "a.zip"), reference(phantom, tmp_path))
    assert_equal_numbers(axial, analysed)
    assert_own_grid(analysed, volume)


def assert_own_grid(analysed: Analysed, volume: Volume) -> None:
    """Masks and voxel indices are those of the stored slices, in ascending order of their normal."""
    result, folder = analysed
    mask = nib.Nifti1Image.from_filename(folder / "mask.nii.gz")
    labels = np.asarray(mask.dataobj)
    assert labels.shape == volume.voxels.shape[::-1]
    segments = pydicom.dcmread(folder / "segmentation.dcm")
    assert (segments.Rows, segments.Columns) == volume.voxels.shape[1:]
    for number, finding in enumerate(result.findings, start=1):
        voxels = np.argwhere(labels == number)
        low, high = finding.bounding_box_voxel.min, finding.bounding_box_voxel.max
        np.testing.assert_array_equal(voxels.min(axis=0), [low.x, low.y, low.z])
        np.testing.assert_array_equal(voxels.max(axis=0), [high.x, high.y, high.z])
        assert (finding.slices.first, finding.slices.last) == (low.z, high.z)
        at, voxel = finding.location_lps_mm, finding.location_voxel
        np.testing.assert_allclose(voxels.mean(axis=0), [voxel.x, voxel.y, voxel.z], atol=0.002)
        lps = volume.to_patient(np.array([[voxel.x, voxel.y, voxel.z]]))[0]
        np.testing.assert_allclose(lps, [at.x, at.y, at.z], atol=0.01)


def test_a_nifti_image_gives_the_same_numbers_however_it_is_stored(
    phantom: Phantom, axial: Analysed, analyse: Analyse, tmp_path: Path
) -> None:
    stored = write_nifti(phantom.volume, tmp_path / "a.nii.gz", axes=(2, 0, 1), flipped=(True, False, True))
    assert_equal_numbers(axial, analyse(stored, reference(phantom, tmp_path)))
