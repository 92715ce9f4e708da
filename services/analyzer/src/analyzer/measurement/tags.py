"""The DICOM attributes that the reading relies on, as far as they identify nobody."""

from collections.abc import Sequence

from pydantic import JsonValue
from pydicom import Dataset

NUMBERS = (
    "Rows",
    "Columns",
    "PixelSpacing",
    "ImageOrientationPatient",
    "BitsStored",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
)
WORDS = {
    "Modality": {"CT", "MR", "PT", "NM", "CR", "DX", "MG", "US"},
    "ImageType": {"ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "VOLUME", "HELIX", "NONE", "REFORMATTED"},
    "PhotometricInterpretation": {"MONOCHROME1", "MONOCHROME2"},
    "LossyImageCompression": {"00", "01"},
    "BurnedInAnnotation": {"YES", "NO"},
}
"""Words outside these lists could be anything, a name included, and are left out."""


def harmless_tags(headers: Sequence[Dataset]) -> dict[str, JsonValue]:
    """Take numbers and defined terms from the first header; nothing for an image that has none (NIfTI)."""
    if not headers:
        return {}
    numbers = {keyword: _numbers(headers[0], keyword) for keyword in NUMBERS}
    words = {keyword: _words(headers[0], keyword, allowed) for keyword, allowed in WORDS.items()}
    return {keyword: value for keyword, value in {**numbers, **words}.items() if value}


def _values(header: Dataset, keyword: str) -> list[object]:
    value = header.get(keyword)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str | int | float) else list(value)


def _numbers(header: Dataset, keyword: str) -> list[JsonValue]:
    return [float(each) for each in _values(header, keyword) if isinstance(each, int | float)]


def _words(header: Dataset, keyword: str, allowed: set[str]) -> list[JsonValue]:
    return [str(each) for each in _values(header, keyword) if each in allowed]
