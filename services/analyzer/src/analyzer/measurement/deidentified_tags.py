"""De-identified DICOM attributes for the provenance: numbers and defined terms only."""

from collections.abc import Sequence

from pydantic import JsonValue
from pydicom import Dataset

NUMERIC = (
    "Rows",
    "Columns",
    "PixelSpacing",
    "ImageOrientationPatient",
    "BitsStored",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
)
DEFINED_TERMS = {
    "Modality": {"CT", "MR", "PT", "NM", "CR", "DX", "MG", "US"},
    "ImageType": {"ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "VOLUME", "HELIX", "NONE", "REFORMATTED"},
    "PhotometricInterpretation": {"MONOCHROME1", "MONOCHROME2"},
    "LossyImageCompression": {"00", "01"},
    "BurnedInAnnotation": {"YES", "NO"},
}
"""Other values are omitted: they could be free text, such as a name."""


def deidentified_tags(headers: Sequence[Dataset]) -> dict[str, JsonValue]:
    """Return numbers and defined terms of the first header; empty for an image without headers (NIfTI)."""
    if not headers:
        return {}
    numbers = {keyword: _numbers(headers[0], keyword) for keyword in NUMERIC}
    words = {keyword: _words(headers[0], keyword, allowed) for keyword, allowed in DEFINED_TERMS.items()}
    return {keyword: value for keyword, value in {**numbers, **words}.items() if value}


def _values(header: Dataset, keyword: str) -> list[object]:
    value = header.get(keyword)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str | int | float) else list(value)


def _numbers(header: Dataset, keyword: str) -> list[JsonValue]:
    return [float(value) for value in _values(header, keyword) if isinstance(value, int | float)]


def _words(header: Dataset, keyword: str, allowed: set[str]) -> list[JsonValue]:
    return [str(value) for value in _values(header, keyword) if value in allowed]
