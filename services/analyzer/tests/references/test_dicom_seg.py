from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, JPEGExtended12Bit, JPEGLSLossless, RLELossless

from analyzer.domain.study import ReferenceFile, Series
from analyzer.domain.volume import Volume
from analyzer.references.interpret import interpret
from analyzer.references.segment import UNREADABLE, ReferenceIgnored
from testkit.images.dicom_syntaxes import encoded

Mask = NDArray[np.bool_]
WriteSeg = Callable[..., Dataset]
Painted = Callable[..., Mask]
Change = Callable[[bytes], bytes]
END = b"\xff\xd9"
DEVIATIONS: Mapping[str, Change] = {
    "no end marker": lambda frame: frame.rstrip(b"\0").removesuffix(END),
    "zeros around it": lambda frame: b"\0\0" + frame + bytes(50),
}


def grid_like(volume: Volume, shape: tuple[int, int, int], **changes: object) -> Volume:
    return replace(volume, voxels=np.zeros(shape, dtype=np.int16), **changes)


def frames_of(mask: NDArray[np.generic], number: int | None = 1) -> list[tuple[int | None, int, NDArray[np.generic]]]:
    return [(number, k, plane) for k, plane in enumerate(mask) if plane.any()]


def test_a_binary_segment_is_read_voxel_for_voxel(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    [found] = interpret(ReferenceFile(write_seg(series.volume, frames_of(mask))), series)
    assert np.array_equal(painted(found), mask)
    assert found.offset == (1, 2, 3)
    assert found.mask.shape == (3, 4, 6)


def test_frames_may_come_in_any_order(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    [found] = interpret(ReferenceFile(write_seg(series.volume, frames_of(mask)[::-1])), series)
    assert np.array_equal(painted(found), mask)


def test_a_fractional_voxel_belongs_to_the_segment_from_one_half(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    fractions = np.full(mask.shape, 127, dtype=np.uint8)
    fractions[mask] = 128
    dataset = write_seg(series.volume, frames_of(fractions), segmentation_type="FRACTIONAL")
    [found] = interpret(ReferenceFile(dataset), series)
    assert np.array_equal(painted(found), mask)


@pytest.mark.parametrize("stored", [np.uint8, np.uint16])
def test_a_label_map_holds_one_segment_per_label(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted, stored: type
):
    labels = np.where(mask, 2, 0).astype(stored)
    labels[0, 0, 0] = 7
    dataset = write_seg(series.volume, frames_of(labels, None), segmentation_type="LABELMAP", numbers=(7, 2, 5))
    seventh, second = interpret(ReferenceFile(dataset), series)
    assert np.array_equal(painted(second), mask)
    assert painted(seventh).sum() == painted(seventh)[0, 0, 0] == 1


def test_the_background_of_a_label_map_is_not_a_segment(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    dataset = write_seg(
        series.volume, frames_of(mask.astype(np.uint8), None), segmentation_type="LABELMAP", numbers=(0, 1)
    )
    [found] = interpret(ReferenceFile(dataset), series)
    assert np.array_equal(painted(found), mask)


def test_segments_may_overlap(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    inner = np.zeros_like(mask)
    inner[2, 3:5, 4:6] = True
    frames = [*frames_of(mask, 1), *frames_of(inner, 2)]
    first, second = interpret(ReferenceFile(write_seg(series.volume, frames, numbers=(1, 2))), series)
    assert np.array_equal(painted(first), mask)
    assert np.array_equal(painted(second), inner)


def with_changed_frames(dataset: Dataset, change: Change) -> Dataset:
    frames = generate_frames(dataset.PixelData, number_of_frames=int(dataset.NumberOfFrames))
    dataset.PixelData = encapsulate([change(frame) for frame in frames])
    return dataset


def compressed(mask: Mask, volume: Volume, write_seg: WriteSeg, syntax: UID) -> Dataset:
    """Return a fractional SEG of 8 bits, or of 12 bits for the JPEG that has them."""
    full, stored = (4095, np.uint16) if syntax == JPEGExtended12Bit else (255, np.uint8)
    dataset = write_seg(volume, frames_of(np.where(mask, full, 0).astype(stored)), segmentation_type="FRACTIONAL")
    dataset.MaximumFractionalValue, dataset.SOPInstanceUID = full, "2.25.1"
    return encoded(dataset, syntax)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless], ids=lambda syntax: syntax.name)
def test_compressed_frames_give_the_same_mask(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted, syntax: UID
):
    [found] = interpret(ReferenceFile(compressed(mask, series.volume, write_seg, syntax)), series)
    assert np.array_equal(painted(found), mask)


def test_frames_of_12_bits_are_decoded(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    mask[:] = np.arange(len(mask))[:, np.newaxis, np.newaxis] > 2  # the encoding is lossy: there is no edge
    [found] = interpret(ReferenceFile(compressed(mask, series.volume, write_seg, JPEGExtended12Bit)), series)
    assert np.array_equal(painted(found), mask)


@pytest.mark.parametrize("change", DEVIATIONS.values(), ids=DEVIATIONS)
def test_frames_that_deviate_as_those_of_images_may_are_decoded(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted, change: Change
):
    dataset = compressed(mask, series.volume, write_seg, JPEGLSLossless)
    [found] = interpret(ReferenceFile(with_changed_frames(dataset, change)), series)
    assert np.array_equal(painted(found), mask)


def test_a_segmentation_with_a_damaged_frame_is_ignored_as_a_whole(series: Series, mask: Mask, write_seg: WriteSeg):
    dataset = compressed(mask, series.volume, write_seg, JPEGLSLossless)
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(with_changed_frames(dataset, lambda frame: frame[:30])), series)
    assert ignored.value.warning is UNREADABLE


def test_a_slice_without_a_frame_stays_empty_between_slices_with_one(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    mask[2] = False
    [found] = interpret(ReferenceFile(write_seg(series.volume, frames_of(mask), spacing_between=6.0)), series)
    assert np.array_equal(painted(found), mask)


def test_a_single_frame_marks_its_slice_only(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    mask[[1, 3]] = False
    [found] = interpret(ReferenceFile(write_seg(series.volume, frames_of(mask), spacing_between=30.0)), series)
    assert np.array_equal(painted(found), mask)


def test_a_segmentation_may_cover_only_part_of_the_image(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    volume = series.volume
    corner = volume.to_patient(np.array([[3.0, 2.0, float(k)] for k in range(6)]))
    part = grid_like(volume, (6, 4, 6), origins=corner)
    [found] = interpret(ReferenceFile(write_seg(part, frames_of(mask[:, 2:6, 3:9]))), series)
    assert np.array_equal(painted(found), mask)


def test_a_segmentation_may_be_mirrored(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    volume = series.volume
    last = volume.to_patient(np.array([[10.0, 8.0, float(k)] for k in range(6)]))
    turned = replace(
        volume, origins=last, row_direction=-volume.row_direction, column_direction=-volume.column_direction
    )
    [found] = interpret(ReferenceFile(write_seg(turned, frames_of(mask[:, ::-1, ::-1]))), series)
    assert np.array_equal(painted(found), mask)


def test_a_segmentation_may_have_another_orientation(series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted):
    volume = series.volume
    sagittal = grid_like(
        volume,
        (11, 6, 9),
        origins=volume.to_patient(np.array([[float(c), 0.0, 0.0] for c in range(11)])),
        row_direction=volume.column_direction,
        column_direction=volume.normal,
        pixel_spacing=(2.0, 3.0),
    )
    dataset = write_seg(sagittal, frames_of(mask.transpose(2, 0, 1)), spacing_between=0.5)
    [found] = interpret(ReferenceFile(dataset), series)
    assert np.array_equal(painted(found), mask)


def test_a_finer_grid_is_resampled_by_nearest_neighbour(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    volume = series.volume
    third = np.array([[-1 / 3, -1 / 3, float(k)] for k in range(6)])
    fine = grid_like(volume, (6, 27, 33), origins=volume.to_patient(third), pixel_spacing=(0.5 / 3, 2.0 / 3))
    centres_only = np.zeros((6, 27, 33), dtype=np.bool_)
    centres_only[:, 1::3, 1::3] = mask
    [found] = interpret(ReferenceFile(write_seg(fine, frames_of(centres_only))), series)
    assert np.array_equal(painted(found), mask)


def test_planes_between_slices_extend_half_their_spacing(series: Series, write_seg: WriteSeg, painted: Painted):
    volume = series.volume
    heights = np.array([1.0, 8.0])
    coarse = grid_like(volume, (2, 9, 11), origins=volume.origins[:1] + heights[:, np.newaxis] * volume.normal)
    full = np.ones((2, 9, 11), dtype=np.bool_)
    [found] = interpret(ReferenceFile(write_seg(coarse, frames_of(full), spacing_between=7.0)), series)
    assert painted(found).any(axis=(1, 2)).tolist() == [True, True, True, True, False, False]
    [found] = interpret(ReferenceFile(write_seg(coarse, frames_of(full), spacing_between=3.0)), series)
    assert painted(found).any(axis=(1, 2)).tolist() == [True, False, False, True, False, False]


def test_unevenly_spaced_slices_use_the_frames_at_their_positions(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    heights = np.array([0.0, 2.0, 4.0, 11.0, 13.0, 30.0])
    uneven = replace(series.volume, origins=series.volume.origins[:1] + np.outer(heights, series.volume.normal))
    dataset = write_seg(uneven, frames_of(mask))
    [found] = interpret(ReferenceFile(dataset), replace(series, volume=uneven))
    assert np.array_equal(painted(found), mask)


def test_slices_with_gantry_tilt_use_the_frames_at_their_positions(
    series: Series, mask: Mask, write_seg: WriteSeg, painted: Painted
):
    sheared = series.volume.origins + np.outer(np.arange(6) * 3.0, [0.0, 1.0, 0.0])
    tilted = replace(series.volume, origins=sheared)
    [found] = interpret(ReferenceFile(write_seg(tilted, frames_of(mask))), replace(series, volume=tilted))
    assert np.array_equal(painted(found), mask)
