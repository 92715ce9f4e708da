from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume
from analyzer.outputs.labels import Labels, label_map
from analyzer.outputs.nifti_mask import write_mask
from analyzer.outputs.straight_grid import StraightGrid
from testkit.images.phantom import Phantom, chest_phantom

Write = Callable[[Volume, Labels], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(volume: Volume, labels: Labels) -> Path:
        path = tmp_path / "mask.nii.gz"
        write_mask(path, labels, StraightGrid.of(volume))
        return path

    return to


def tilted_chest() -> Phantom:
    return chest_phantom(
        3,
        shape=(20, 80, 80),
        spacing=(3.5, 3.5, 5.0),
        nodules=[24.0],
        gantry_tilt_degrees=17.0,
        vessels=0,
    )


def stored(path: Path) -> NDArray[np.int16]:
    """The voxels of a file, indexed (slice, row, column)."""
    return np.asarray(nib.Nifti1Image.from_filename(path).dataobj).transpose(2, 1, 0)


def centre_in(path: Path, label: int) -> NDArray[np.float64]:
    """Centre of a label by the affine of the file, LPS mm."""
    affine = np.asarray(nib.Nifti1Image.from_filename(path).header.get_best_affine())
    centre = np.argwhere(stored(path) == label).mean(axis=0)[::-1]
    return (affine[:3, :3] @ centre + affine[:3, 3]) * [-1, -1, 1]


def centre_of(volume: Volume, region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centre of a region by the positions of the slices, LPS mm."""
    return volume.to_patient(np.argwhere(region)[:, ::-1].astype(np.float64)).mean(axis=0)


def test_the_mask_holds_the_labels_on_the_images_grid(
    write: Write, volume: Volume, candidates: list[Candidate]
) -> None:
    labels, _ = label_map(volume.voxels.shape, candidates)
    image = nib.Nifti1Image.from_filename(write(volume, labels))
    assert image.get_data_dtype() == np.int16
    assert np.array_equal(np.asarray(image.dataobj).transpose(2, 1, 0), labels)
    assert image.header.get_zooms() == pytest.approx(volume.spacing)


def test_a_label_lies_where_its_voxel_lies_in_the_patient(
    write: Write, volume: Volume, candidates: list[Candidate]
) -> None:
    labels, _ = label_map(volume.voxels.shape, candidates)
    assert centre_in(write(volume, labels), 2) == pytest.approx(centre_of(volume, labels == 2), abs=1e-3)


def test_a_tilted_gantry_keeps_each_voxel_within_half_a_pixel(write: Write) -> None:
    phantom = tilted_chest()
    mask = write(phantom.volume, phantom.labels.astype(np.int16))
    assert np.count_nonzero(stored(mask)) == np.count_nonzero(phantom.labels)
    assert centre_in(mask, 1) == pytest.approx(centre_of(phantom.volume, phantom.labels == 1), abs=1.75)


def test_the_axes_of_a_mask_are_perpendicular_with_a_tilted_gantry(write: Write) -> None:
    phantom = tilted_chest()
    header = nib.Nifti1Image.from_filename(write(phantom.volume, phantom.labels.astype(np.int16))).header
    for form in (header.get_sform(), header.get_qform()):
        affine = np.asarray(form, np.float64)
        directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        assert directions.T @ directions == pytest.approx(np.eye(3), abs=1e-6)
    assert header["sform_code"] == header["qform_code"] == 1


def test_equal_masks_have_equal_bytes_under_any_file_name(
    volume: Volume, candidates: list[Candidate], tmp_path: Path
) -> None:
    labels, _ = label_map(volume.voxels.shape, candidates)
    for name in ("first.nii.gz", "second.nii.gz"):
        write_mask(tmp_path / name, labels, StraightGrid.of(volume))
    first = (tmp_path / "first.nii.gz").read_bytes()
    assert first == (tmp_path / "second.nii.gz").read_bytes()
    assert first[4:8] == bytes(4), "no time in the header of the compression"


def test_the_header_has_no_text(write: Write, volume: Volume) -> None:
    header = nib.Nifti1Image.from_filename(write(volume, np.zeros(volume.voxels.shape, np.int16))).header
    assert [header[field].item() for field in ("descrip", "aux_file", "intent_name", "db_name")] == [b""] * 4
    assert len(header.extensions) == 0
