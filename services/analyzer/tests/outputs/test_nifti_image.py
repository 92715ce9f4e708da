import gzip
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.outputs.nifti_image import MAX_PREVIEW_SIDE, write_image
from testkit.images.phantom import chest_phantom

Files = tuple[Path, Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return tmp_path / "image.nii.gz", tmp_path / "preview.nii.gz"


def values(path: Path) -> NDArray[np.float64]:
    """The values of a file, indexed (slice, row, column)."""
    return np.asarray(nib.Nifti1Image.from_filename(path).dataobj, np.float64).transpose(2, 1, 0)


def lps(path: Path, voxel: tuple[float, float, float]) -> NDArray[np.float64]:
    """The position of a voxel (column, row, slice)."""
    affine = np.asarray(nib.Nifti1Image.from_filename(path).header.get_best_affine())
    return (affine @ [*voxel, 1])[:3] * [-1, -1, 1]


def wide(volume: Volume, shape: tuple[int, int, int]) -> Volume:
    """A volume of another shape with the geometry of the first slices of `volume`, and random voxels."""
    voxels = np.random.default_rng(1).integers(-1024, 3071, shape, np.int16)
    return replace(volume, voxels=voxels, origins=volume.origins[: shape[0]])


def test_the_image_holds_the_voxels_as_int16_on_their_grid(files: Files, volume: Volume) -> None:
    write_image(*files, volume)
    assert nib.Nifti1Image.from_filename(files[0]).get_data_dtype() == np.int16
    assert np.array_equal(values(files[0]), volume.voxels)
    assert lps(files[0], (5, 7, 11)) == pytest.approx(volume.to_patient(np.array([[5.0, 7, 11]]))[0], abs=1e-3)


def test_the_preview_of_a_small_image_is_the_image(files: Files, volume: Volume) -> None:
    write_image(*files, volume)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_preview_averages_by_whole_factors_to_at_most_256_voxels_a_side(files: Files, volume: Volume) -> None:
    image = wide(volume, (4, MAX_PREVIEW_SIDE * 2 + 1, MAX_PREVIEW_SIDE * 2))
    write_image(*files, image)
    preview = values(files[1])
    assert preview.shape == (4, 171, 256)
    blocks = image.voxels.reshape(4, 171, 3, 256, 2).mean(axis=(2, 4))
    assert preview == pytest.approx(blocks, abs=0.5)


def test_blocks_at_the_border_average_the_voxels_that_are_there(files: Files, volume: Volume) -> None:
    image = wide(volume, (3, 4, MAX_PREVIEW_SIDE + 1))
    write_image(*files, image)
    assert values(files[1])[..., -1] == pytest.approx(image.voxels[..., -1])


def test_slices_are_averaged_too(files: Files, volume: Volume) -> None:
    count = MAX_PREVIEW_SIDE + 2
    origins = np.outer(np.arange(count), volume.normal)
    voxels = np.repeat(np.arange(count, dtype=np.int16)[:, None, None] * 10, 4, axis=1).repeat(4, axis=2)
    write_image(*files, replace(volume, voxels=voxels, origins=origins))
    assert values(files[1])[:, 0, 0].tolist() == [20 * k + 5 for k in range(count // 2)]


def test_a_voxel_of_the_preview_lies_at_the_centre_of_its_block(files: Files, volume: Volume) -> None:
    write_image(*files, wide(volume, (2, MAX_PREVIEW_SIDE * 3, MAX_PREVIEW_SIDE * 2)))
    assert lps(files[1], (0, 0, 0)) == pytest.approx(lps(files[0], (0.5, 1, 0)), abs=1e-3)
    assert lps(files[1], (10, 20, 1)) == pytest.approx(lps(files[0], (20.5, 61, 1)), abs=1e-3)


def test_values_beyond_int16_are_scaled_by_the_header(files: Files, volume: Volume) -> None:
    voxels = np.linspace(-2.5, 100_000, 2 * 8 * 8, dtype=np.float32).reshape(2, 8, 8)
    write_image(*files, replace(volume, voxels=voxels, origins=volume.origins[:2]))
    assert values(files[0]) == pytest.approx(voxels, abs=100_002.5 / 65535)


def test_an_image_of_one_fractional_value_is_written(files: Files, volume: Volume) -> None:
    voxels = np.full((2, 8, 8), 0.25, np.float32)
    write_image(*files, replace(volume, voxels=voxels, origins=volume.origins[:2]))
    assert values(files[0]) == pytest.approx(voxels)


def test_a_tilted_image_is_straight_and_surrounded_by_its_lowest_value(files: Files) -> None:
    volume = chest_phantom(3, shape=(12, 40, 40), spacing=(6.0, 6.0, 5.0), gantry_tilt_degrees=17.0, vessels=0).volume
    write_image(*files, volume)
    straight = values(files[0])
    down, right = (int(shift) for shift in volume.tilt_shifts[5])
    assert straight.shape[1] > 40
    assert np.array_equal(straight[5, down : down + 40, right : right + 40], volume.voxels[5])
    outside = np.ones(straight.shape[1:], bool)
    outside[down : down + 40, right : right + 40] = False
    assert (straight[5][outside] == volume.voxels.min()).all()


def test_the_headers_have_no_text_and_no_time(files: Files, volume: Volume) -> None:
    write_image(*files, volume)
    for path in files:
        header = nib.Nifti1Image.from_filename(path).header
        assert [header[field].item() for field in ("descrip", "aux_file", "intent_name", "db_name")] == [b""] * 4
        assert path.read_bytes()[4:8] == bytes(4)
        assert len(gzip.decompress(path.read_bytes())) == 352 + 2 * volume.voxels.size
