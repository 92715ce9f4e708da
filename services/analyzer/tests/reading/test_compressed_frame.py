"""A compressed frame with a wrong header is refused before it is decoded."""

import struct

import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import generate_frames

from analyzer.domain.volume import Volume
from analyzer.reading.compressed_frame import FrameDamagedError, check_frame
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_syntaxes import encoded

ROWS, COLUMNS = 40, 48
SYNTAXES = (uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.JPEGLosslessSV1, uid.JPEGLossless, uid.RLELossless)


def frame_of(phantom: Volume, syntax: uid.UID) -> bytes:
    dataset = encoded(slice_datasets(phantom)[0], syntax)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    return frame


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_a_valid_frame_passes(phantom: Volume, syntax: uid.UID) -> None:
    check_frame(frame_of(phantom, syntax), syntax, ROWS, COLUMNS, 2)


@pytest.mark.parametrize(("rows", "columns"), [(ROWS + 1, COLUMNS), (ROWS, COLUMNS - 1), (COLUMNS, ROWS)])
@pytest.mark.parametrize("syntax", SYNTAXES[:4], ids=lambda syntax: syntax.name)
def test_a_frame_of_another_size_is_refused(phantom: Volume, syntax: uid.UID, rows: int, columns: int) -> None:
    with pytest.raises(FrameDamagedError):
        check_frame(frame_of(phantom, syntax), syntax, rows, columns, 2)


@pytest.mark.parametrize("syntax", SYNTAXES[:4], ids=lambda syntax: syntax.name)
def test_a_truncated_frame_is_refused(phantom: Volume, syntax: uid.UID) -> None:
    with pytest.raises(FrameDamagedError):
        check_frame(frame_of(phantom, syntax)[:-40], syntax, ROWS, COLUMNS, 2)


def test_a_second_frame_header_is_refused(phantom: Volume) -> None:
    frame = frame_of(phantom, uid.JPEGLosslessSV1)
    at = frame.index(b"\xff\xc3")
    (length,) = struct.unpack_from(">H", frame, at + 2)
    twice = frame[:at] + frame[at : at + 2 + length] + frame[at:]
    with pytest.raises(FrameDamagedError):
        check_frame(twice, uid.JPEGLosslessSV1, ROWS, COLUMNS, 2)


def test_a_marker_inside_the_scan_is_refused(phantom: Volume) -> None:
    frame = frame_of(phantom, uid.JPEGLosslessSV1)
    with pytest.raises(FrameDamagedError):
        check_frame(frame[:-20] + b"\xff\xc4" + frame[-20:], uid.JPEGLosslessSV1, ROWS, COLUMNS, 2)


@pytest.mark.parametrize(("count", "first"), [(1, 64), (3, 64), (2, 60), (2, 2**31)])
def test_a_run_length_frame_with_a_wrong_segment_table_is_refused(phantom: Volume, count: int, first: int) -> None:
    frame = bytearray(frame_of(phantom, uid.RLELossless))
    struct.pack_into("<2L", frame, 0, count, first)
    with pytest.raises(FrameDamagedError):
        check_frame(bytes(frame), uid.RLELossless, ROWS, COLUMNS, 2)


def test_too_many_tiles_are_refused(phantom: Volume) -> None:
    frame = bytearray(frame_of(phantom, uid.JPEG2000Lossless))
    np.frombuffer(frame, np.uint8)[24:32] = np.frombuffer(struct.pack(">2L", 0, 0), np.uint8)
    with pytest.raises(FrameDamagedError):
        check_frame(bytes(frame), uid.JPEG2000Lossless, ROWS, COLUMNS, 2)
