"""Stored values that their description contradicts, where only one reading is possible (ADR 43)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.reading.hounsfield import PADDING
from analyzer.reading.planes import Plane

DENSEST_HU = 30_710
"""End of the extended scale of CT; on the usual one metal has 3,071."""

Frame = NDArray[np.integer[Any]]


def unused_low_bits(dataset: Dataset) -> int:
    """Return how many bits below the stored ones the header claims; PS3.5 8.1.1 allows none today."""
    stored = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    return max(0, int(dataset.get("HighBit") or 0) + 1 - stored)


def from_high_bits(words: Frame, unused: int) -> Frame | None:
    """Return the values of whole words whose `unused` low bits are empty; None where these are in use.

    In words of one value the two readings cannot be told apart: it counts as one of the low bits.
    """
    if np.any(words & ((1 << unused) - 1)) or words.min() == words.max():
        return None
    return words >> unused


def as_signed(frame: Frame, plane: Plane) -> Frame:
    """Return the values of a CT as signed ones where, as unsigned ones, some are denser than any matter."""
    is_word = frame.dtype.kind == "u" and frame.dtype.itemsize == 2
    if not is_word or frame.max() < 2**15 or 2**15 * plane.slope + plane.intercept <= DENSEST_HU:
        return frame
    return frame.astype(np.int16)


def padding_range(dataset: Dataset) -> tuple[int, int] | None:
    """Return the lowest and highest stored value of the pixel padding range (PS3.3 C.7.5.1.1.2)."""
    try:
        first = int(dataset["PixelPaddingValue"].value)
        limit = dataset.get("PixelPaddingRangeLimit")
        second = first if limit is None else int(limit)
    except (KeyError, TypeError, ValueError):
        return None
    return min(first, second), max(first, second)


def without_padding(frame: Frame, padding: tuple[int, int] | None, plane: Plane) -> Frame:
    """Return the frame with its padding replaced by air; a padding of the other sign has the same bits."""
    if padding is None:
        return frame
    limits = np.iinfo(frame.dtype)
    low, high = sorted((value - limits.min) % (limits.max - limits.min + 1) + limits.min for value in padding)
    outside = (frame >= low) & (frame <= high)
    if not outside.any():
        return frame
    air = round((PADDING - plane.intercept) / plane.slope)
    return np.where(outside, np.clip(air, limits.min, limits.max), frame).astype(frame.dtype)
