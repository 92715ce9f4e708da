"""Compressed frames that are padded, boxed or without an end decode to the same values; a damaged slice is left out."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, generate_frames

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.ignored_files import FileIgnored
from analyzer.reading.pixels import decode_frame
from testkit.images.dicom_datasets import STORED_OFFSET, slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_zip
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_syntaxes import encoded
from testkit.images.high_throughput import CODESTREAM, SIDE, high_throughput_values

Read = Callable[..., Study]
Change = Callable[[bytes], bytes]
END = b"\xff\xd9"
WITH_MARKERS = (uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGExtended12Bit)
SYNTAXES = (*WITH_MARKERS, uid.RLELossless)


def frame_of(phantom: Volume, syntax: uid.UID, number: int = 0) -> bytes:
    (frame,) = generate_frames(encoded(slice_datasets(phantom)[number], syntax).PixelData, number_of_frames=1)
    return frame if syntax == uid.RLELossless else frame[: frame.rindex(END) + 2]


def decoded(frame: bytes, syntax: uid.UID, side: tuple[int, int] = (40, 48)) -> np.ndarray:
    options = {"rows": side[0], "columns": side[1], "samples_per_pixel": 1, "number_of_frames": 1}
    pixel = {"bits_allocated": 16, "bits_stored": 12, "pixel_representation": 0, "pixel_keyword": "PixelData"}
    return decode_frame(frame, syntax, {**options, **pixel, "photometric_interpretation": "MONOCHROME2"})


def in_boxes(codestream: bytes, *, wide: bool = False, to_the_end: bool = False) -> bytes:
    """Return a JP2 file: signature, file type, and the codestream in a box of a stated, wide or open length."""
    length = len(codestream) + 8
    box = struct.pack(">L4s", 0 if to_the_end else length, b"jp2c")
    box = struct.pack(">L4sQ", 1, b"jp2c", length + 8) if wide else box
    return b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 " + box + codestream


PADDED: Mapping[str, Change] = {
    "zeros after it": lambda frame: frame + bytes(1000),
    "ones after it": lambda frame: frame + b"\xff" * 7,
    "no end marker": lambda frame: frame.removesuffix(END),
    "no end marker but padding": lambda frame: frame.removesuffix(END) + b"\0",
    "a zero before its end marker": lambda frame: frame.removesuffix(END) + b"\0" + END,
}
BOXED: Mapping[str, Change] = {
    "boxes": in_boxes,
    "boxes and padding": lambda frame: in_boxes(frame) + b"\0\0",
    "a wide box": lambda frame: in_boxes(frame, wide=True),
    "an open box": lambda frame: in_boxes(frame, to_the_end=True),
    "boxes without an end marker": lambda frame: in_boxes(frame.removesuffix(END)),
}


@pytest.mark.parametrize("change", PADDED.values(), ids=PADDED)
@pytest.mark.parametrize("syntax", WITH_MARKERS, ids=lambda syntax: syntax.name)
def test_padding_and_a_forgotten_end_do_not_matter(phantom: Volume, syntax: uid.UID, change: Change) -> None:
    frame = frame_of(phantom, syntax)
    np.testing.assert_array_equal(decoded(change(frame), syntax), decoded(frame, syntax))


@pytest.mark.parametrize("change", BOXED.values(), ids=BOXED)
def test_the_boxes_of_a_jp2_file_do_not_matter(phantom: Volume, change: Change) -> None:
    frame = frame_of(phantom, uid.JPEG2000Lossless)
    stored = phantom.voxels[0] + STORED_OFFSET
    np.testing.assert_array_equal(decoded(change(frame), uid.JPEG2000Lossless), stored)
    assert np.array_equal(decoded(change(CODESTREAM), uid.HTJ2K, (SIDE, SIDE)), high_throughput_values())


@pytest.mark.parametrize("kind", ["literal", "repeat"])
def test_run_length_segments_that_pack_their_padding_are_cut(phantom: Volume, kind: str) -> None:
    frame = frame_of(phantom, uid.RLELossless)
    (second,) = struct.unpack_from("<L", frame, 8)
    padding = b"\x03wxyz" if kind == "literal" else b"\xf0w"
    parts = [segment + padding for segment in (_unpadded(frame[64:second]), _unpadded(frame[second:]))]
    longer = struct.pack("<16L", 2, 64, 64 + len(parts[0]), *[0] * 13) + b"".join(parts)
    np.testing.assert_array_equal(decoded(longer, uid.RLELossless), decoded(frame, uid.RLELossless))


def _unpadded(segment: bytes) -> bytes:
    """Return the runs of a segment of 40 x 48 bytes, without the byte that makes its length even."""
    position, missing = 0, 40 * 48
    while missing:
        code = segment[position]
        position += 1 + (code + 1 if code < 128 else 1)
        missing -= code + 1 if code < 128 else 257 - code
    return segment[:position]


@pytest.mark.parametrize("missing", [2, 3, 10, 300])
@pytest.mark.parametrize("end", [b"", END])
@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless], ids=lambda syntax: syntax.name)
def test_nothing_is_made_up_where_a_codestream_ends_early(
    phantom: Volume, syntax: uid.UID, missing: int, end: bytes
) -> None:
    scan = frame_of(phantom, syntax).removesuffix(END)
    with pytest.raises(FileIgnored):
        decoded(scan[:-missing] + end, syntax)


@pytest.mark.parametrize("missing", [1, 2, 3, 10, 300])
@pytest.mark.parametrize("syntax", WITH_MARKERS[2:], ids=lambda syntax: syntax.name)
def test_nothing_is_made_up_where_a_jpeg_without_an_end_ends_early(
    phantom: Volume, syntax: uid.UID, missing: int
) -> None:
    scan = frame_of(phantom, syntax).removesuffix(END)
    for padding in (b"", bytes(1000)) if missing > 3 else (b"",):
        with pytest.raises(FileIgnored):
            decoded(scan[:-missing] + padding, syntax)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_a_compressed_file_cut_short_costs_its_slice_only(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    members = members_of([encoded(dataset, syntax) for dataset in slice_datasets(phantom)])
    whole = read(write_zip(tmp_path / "whole", members)).series.volume.voxels
    members["series/0005.dcm"] = members["series/0005.dcm"][:-200]
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, np.delete(whole, 5, axis=0))
    np.testing.assert_allclose(study.series.volume.origins, np.delete(phantom.origins, 5, axis=0))
    assert [header.InstanceNumber for header in study.series.headers] == [1, 2, 3, 4, 5, *range(7, 13)]
    assert list(study.series.frames) == [(number, 1) for number in range(11)]
    assert study.ignored == {"damaged": 1}
    assert {"DAMAGED_FILES", "SLICES_MISSING"} <= {warning.code for warning in study.warnings}


def test_a_damaged_frame_of_a_multi_frame_file_costs_its_slice_only(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    study = read(write_zip(tmp_path / "a", {"x": _with_damaged_frames(phantom, {4})}))
    np.testing.assert_array_equal(study.series.volume.voxels, np.delete(phantom.voxels, 4, axis=0))
    assert [frame for _, frame in study.series.frames] == [1, 2, 3, 4, *range(6, 13)]
    assert study.ignored == {"damaged": 1}


def test_a_series_of_which_most_is_damaged_is_refused(phantom: Volume, tmp_path: Path, read: Read) -> None:
    path = write_zip(tmp_path / "a", {"x": _with_damaged_frames(phantom, set(range(7)))})
    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    assert failed.value.code is FailureCode.UNSUPPORTED_SYNTAX


def _with_damaged_frames(phantom: Volume, damaged: set[int]) -> bytes:
    dataset: Dataset = encoded(multi_frame_dataset(phantom), uid.JPEGLSLossless)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=len(phantom.voxels)))
    cut = [frame[:100] if number in damaged else frame for number, frame in enumerate(frames)]
    dataset.PixelData = encapsulate(cut)
    return file_bytes(dataset)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_plain_words_under_a_compressed_syntax_are_read_as_such(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    stated, packed = uid.ExplicitVRLittleEndian.encode() + b"\0", syntax.encode()
    packed += b"\0" * (len(packed) % 2)
    members = {
        name: content.replace(b"UI\x14\0" + stated, b"UI" + struct.pack("<H", len(packed)) + packed, 1)
        for name, content in members_of(slice_datasets(phantom)).items()
    }
    study = read(write_zip(tmp_path / "a", members))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert not study.series.volume.lossy


def test_frames_of_another_syntax_than_stated_are_refused_with_that_reason(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    datasets = [encoded(dataset, uid.JPEG2000Lossless) for dataset in slice_datasets(phantom)]
    for dataset in datasets:
        dataset.file_meta.TransferSyntaxUID = uid.JPEGLSLossless
    with pytest.raises(AnalysisFailed) as failed:
        read(write_zip(tmp_path / "a", members_of(datasets)))
    assert failed.value.code is FailureCode.UNSUPPORTED_SYNTAX
    assert "синтаксисе передачи" in failed.value.message.ru
