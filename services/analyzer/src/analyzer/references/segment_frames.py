"""Reader of the frames of a DICOM SEG, one at a time, in native or encapsulated encoding."""

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame

from analyzer.reading.pixels import Frame, decode_frame, decoding_options
from analyzer.reading.syntaxes import NATIVE, PLUGINS
from analyzer.references.segment import UNSUPPORTED, ReferenceIgnored

MAX_PIXELS = 1 << 26
"""Maximum pixels of a frame; larger sizes are meant to exhaust the memory."""


class SegmentFrames:
    """The stored frames of a DICOM SEG.

    One-bit frames are packed without padding, so that a frame may begin inside a byte; only the bytes of the requested
    frame are unpacked. Compressed frames are decoded as those of images are, with what encoders forget and add.
    Raises `ReferenceIgnored` for an unsupported encoding, ValueError for inconsistent sizes.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.rows, self.columns = int(dataset.Rows), int(dataset.Columns)
        self.count = int(dataset.get("NumberOfFrames", 1))
        self._bits = int(dataset.BitsAllocated)
        self._dataset = dataset
        self._syntax = syntax = dataset.file_meta.TransferSyntaxUID
        if self._bits not in (1, 8, 16) or (syntax not in NATIVE and (syntax not in PLUGINS or self._bits == 1)):
            raise ReferenceIgnored(UNSUPPORTED)
        if min(self.rows, self.columns, self.count) < 1 or self.rows * self.columns > MAX_PIXELS:
            raise ValueError("the number of pixels is zero or too large")
        if syntax in NATIVE and len(dataset.PixelData) * 8 < self.count * self.rows * self.columns * self._bits:
            raise ValueError("fewer pixels than the header declares")

    def read(self, index: int) -> Frame:
        """Return frame `index` (from 0) as [row, column]. Raises `FileIgnored` when it is damaged."""
        if self._syntax not in NATIVE:
            frame = get_frame(self._dataset.PixelData, index, number_of_frames=self.count)
            return decode_frame(frame, self._syntax, decoding_options(self._dataset))
        if self._bits == 1:
            return self._unpacked(index)
        size = self.rows * self.columns
        order = "<" if self._syntax.is_little_endian else ">"
        stored = np.dtype(f"{order}u{self._bits // 8}")
        values = np.frombuffer(self._dataset.PixelData, stored, size, index * size * stored.itemsize)
        return values.reshape(self.rows, self.columns)

    def _unpacked(self, index: int) -> NDArray[np.uint8]:
        size = self.rows * self.columns
        start = index * size
        first, last = start // 8, (start + size + 7) // 8
        packed = np.frombuffer(self._dataset.PixelData, np.uint8, last - first, first)
        bits = np.unpackbits(packed, bitorder="little")[start % 8 : start % 8 + size]
        return bits.reshape(self.rows, self.columns)
