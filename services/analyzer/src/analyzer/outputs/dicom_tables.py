"""The tables of DICOM's information object definitions that highdicom checks its objects against."""

from highdicom.base import is_attribute_in_iod  # pyright: ignore[reportPrivateImportUsage]
from pydicom.uid import SegmentationStorage


def load_dicom_tables() -> None:
    """Let highdicom read its tables now; it keeps them. Reading them takes longer than writing an object."""
    is_attribute_in_iod("ContentDate", SegmentationStorage)
