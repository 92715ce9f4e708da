from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume
from analyzer.outputs.labels import Labels, label_map
from analyzer.outputs.nifti_mask import write_mask
from testkit.images.phantom import chest_phantom

Write = Callable[[Volume, Labels], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(volume: Volume, labels: Labels) -> Path:
        path = tmp_path / "mask.nii.gz"
        write_mask(path, labels, volume)
        return path

    return to


def test_the_mask_holds_the_labels_on_the_images_grid(
    write: Write, volume: Volume, candidates: list[Candidate]
) -> None:
    labels, _ = label_map(volume.voxels.shape, candidates)
    image = nib.Nifti1Image.from_filename(write(volume, labels))
    assert image.get_data_dtype() == np.int16
    assert np.array_equal(np.asarray(image.dataobj).transpose(2, 1, 0), labels)
    assert image.header.get_zooms() == pytest.approx(volume.spacing)


@pytest.mark.parametrize("tilt", [0.0, 17.0])
def test_a_voxel_has_the_same_patient_coordinates_in_the_mask_and_the_image(write: Write, tilt: float) -> None:
    volume = chest_phantom(3, shape=(20, 80, 80), spacing=(4.0, 3.5, 5.0), gantry_tilt_degrees=tilt, vessels=0).volume
    path = write(volume, np.zeros(volume.voxels.shape, np.int16))
    affine = np.asarray(nib.Nifti1Image.from_filename(path).header.get_best_affine())
    voxels = np.array([[0, 0, 0], [10, 20, 5], [79, 0, 19], [3, 79, 12]], np.float64)
    ras = voxels @ affine[:3, :3].T + affine[:3, 3]
    assert ras * [-1, -1, 1] == pytest.approx(volume.to_patient(voxels), abs=1e-3)


def test_equal_masks_have_equal_bytes_under_any_file_name(
    volume: Volume, candidates: list[Candidate], tmp_path: Path
) -> None:
    labels, _ = label_map(volume.voxels.shape, candidates)
    for name in ("first.nii.gz", "second.nii.gz"):
        write_mask(tmp_path / name, labels, volume)
    first = (tmp_path / "first.nii.gz").read_bytes()
    assert first == (tmp_path / "second.nii.gz").read_bytes()
    assert first[4:8] == bytes(4), "no time in the header of the compression"


def test_the_header_has_no_text(write: Write, volume: Volume) -> None:
    header = nib.Nifti1Image.from_filename(write(volume, np.zeros(volume.voxels.shape, np.int16))).header
    assert [header[field].item() for field in ("descrip", "aux_file", "intent_name", "db_name")] == [b""] * 4
    assert len(header.extensions) == 0
