"""A High-Throughput JPEG 2000 codestream (ISO/IEC 15444-15), written by OpenJPH 0.26: no encoder is installed."""

from base64 import b64decode

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

SIDE = 32
CODESTREAM = b64decode(
    "/0//UQApQAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wAEyCIkJCQkJCQkJCQ"
    "kJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAksAAf+TwAAmB/cFB3QAwAASwAATQAASgLEBB3QAJv0Ch3QA+AIHdADAABUw"
    "AAVMAAFSvUDJx0AAo5QAJyjWuPkBArQAkzWNLX0Ao5QAwAAWxAABa8AAFrgVPVVC1d6+/w5Zg3HfkTtv/gUKmGBblwAV+xzIHMoLf/uIyOTK5H+e"
    "BixCEDOXAC1kaKWmRYUDGa6ouVrhyoEzaRCAhZcAwAAXawAAXcQAAXXgnGsl0VD0k080ikhqlUDCclEREhESy0UlkKhrjYAfjR8NjYBahlDBsyKG"
    "IILsghrDAC4zUQGEkqC5vygJyyKKSDh+WAefkygqwjJJ0Q8HY2GRwEIBCwksWDDsiS6DvIWoAyz8kfwB4LAB0A5zAWn6ADpQyCiDiAwiUGQMoENn"
    "gAwoRGQQkSEDCp0B6dD5ST2rgsHHEPJd7HQiv98AwAAvV4AAXsEAALuQd3ffJODKSpWVScDfuyQ3VUoiSVQmSXLzTuXNSSRR6eZdEpXfkoArK5OA"
    "VX5LcpdUWZl0d/f5x4KenLOU4YkhZFU8BHVTwEIQK04XTiEYxgE6YgWnwnIC3yRUupmESjcnkaTynVQJvFKSBFwpWalMqgROkioBryS/KpMkuaky"
    "yU2VpG/TGGOMMcYYY4wx/w2AAAHv2AAHv2AAHv2AAHssCG5QgiFbJhhEci8+QgT+jCOQgBvmIFoCg1da6corV1pp8EpXrrTSSldeudJKK69cafBK"
    "K125snLl4P8PAAEBOmfJBWgarXsa5BGQgBsuQFcB/9k="
)
"""`high_throughput_values`, reversibly encoded."""


def high_throughput_values() -> NDArray[np.uint16]:
    """Return the stored values (rows, columns) of the codestream: a slope with a disc on it."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    disc = (rows - 16) ** 2 + (columns - 12) ** 2 < 50
    return (1000 + 20 * rows - 12 * columns + 600 * disc).astype(np.uint16)


def with_codestream(dataset: Dataset, syntax: UID) -> Dataset:
    """Give an uncompressed dataset of `SIDE` rows and columns the codestream as its frame, in place; return it."""
    assert dataset.Rows == dataset.Columns == SIDE
    dataset.PixelRepresentation = 0
    dataset.PixelData = encapsulate([CODESTREAM])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset
