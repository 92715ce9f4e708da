import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from analyzer.detection.segmenter import Candidate
from analyzer.domain.volume import Volume
from analyzer.outputs.pictures import OUTLINE_COLOUR, picture_of
from testkit.images.phantom import Phantom

Pixels = NDArray[np.uint8]


def pixels_of(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.info == {}, "no text chunk"
        return np.asarray(image)


def outline(pixels: Pixels) -> NDArray[np.int64]:
    """Rows and columns (n, 2) of the pixels of the outline."""
    return np.argwhere((pixels == OUTLINE_COLOUR).all(axis=2))


def test_the_outline_runs_around_the_lesion_and_not_over_it(
    phantom: Phantom, volume: Volume, candidates: list[Candidate]
) -> None:
    pixels = pixels_of(picture_of(volume, candidates[0]))
    scale = len(pixels) // volume.voxels.shape[1]
    at = int((phantom.labels == 1).sum(axis=(1, 2)).argmax())
    truth = np.argwhere(phantom.labels[at] == 1)
    drawn = outline(pixels)
    assert drawn.min(axis=0) == pytest.approx(truth.min(axis=0) * scale - 1)
    assert drawn.max(axis=0) == pytest.approx((truth.max(axis=0) + 1) * scale)
    centre = (truth.mean(axis=0) * scale).astype(int)
    assert pixels[tuple(centre)].min() > 200, "soft tissue is nearly white in the lung window"


def test_a_lesion_in_soft_tissue_is_shown_in_a_soft_tissue_window(volume: Volume, candidates: list[Candidate]) -> None:
    solid = replace(volume, voxels=np.full(volume.voxels.shape, 40, np.int16))
    grey = pixels_of(picture_of(solid, candidates[0]))[0, 0]
    assert grey.tolist() == [127, 127, 127]


def test_an_mr_is_windowed_between_its_percentiles(volume: Volume, candidates: list[Candidate]) -> None:
    ramp = np.broadcast_to(np.arange(160, dtype=np.int16), volume.voxels.shape)
    row = pixels_of(picture_of(replace(volume, voxels=ramp, modality="MR"), candidates[0]))[0, :, 0]
    assert (row[0], row[-1]) == (0, 255)


def test_the_left_of_the_patient_is_on_the_right_for_any_orientation(
    volume: Volume, candidates: list[Candidate]
) -> None:
    mirrored = replace(
        volume,
        voxels=volume.voxels[:, ::-1, ::-1],
        row_direction=-volume.row_direction,
        column_direction=-volume.column_direction,
    )
    _, rows, columns = volume.voxels.shape
    z, y, x = candidates[0].offset
    _, height, width = candidates[0].mask.shape
    turned = replace(
        candidates[0], offset=(z, rows - y - height, columns - x - width), mask=candidates[0].mask[:, ::-1, ::-1]
    )
    assert picture_of(mirrored, turned) == picture_of(volume, candidates[0])


def test_anisotropic_pixels_are_resampled_to_square_ones(volume: Volume, candidates: list[Candidate]) -> None:
    flat = replace(volume, pixel_spacing=(1.0, 3.0))
    height, width, _ = pixels_of(picture_of(flat, candidates[0])).shape
    assert height == 3 * width
