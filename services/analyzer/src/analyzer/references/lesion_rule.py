"""Classification of segments as lesions.

Coded terms take precedence. The label counts unless a code says that the segment is anatomy, because segmentation
editors leave the code at "tissue" and users type a label. A label is not used elsewhere: it can identify the patient.
"""

import re

from pydicom import Dataset

LESION_CATEGORIES = {("SCT", "49755003"), ("SRT", "M-01000")}
"""Morphologically abnormal structure, in SNOMED CT and in the older SRT."""

ANATOMY_CATEGORIES = {("SCT", "123037004"), ("SRT", "T-D000A")}
"""Anatomical structure."""

LESION_TYPES = {
    ("SCT", "108369006"),
    ("SRT", "M-8FFFF"),
    ("SCT", "86049000"),
    ("SRT", "M-80003"),
    ("SCT", "14799000"),
    ("SRT", "M-80006"),
    ("SCT", "372087000"),
    ("SCT", "27925004"),
    ("SRT", "M-03010"),
    ("SCT", "52988006"),
    ("SRT", "M-01100"),
    ("SCT", "4147007"),
    ("SRT", "M-03000"),
    ("SCT", "228791009"),
}
"""Neoplasm (any, malignant primary, metastatic, primary), nodule, lesion, mass, gross tumor volume."""

LESION_WORDS = re.compile(r"(?<![a-z])(neoplasms?|nodules?|tumou?rs?|lesions?)(?![a-z])", re.IGNORECASE)
LESION_NAMES = re.compile(r"gtv|tumou?r|lesion|nodule", re.IGNORECASE)
LESION_INTERPRETED_TYPES = {"GTV", "CTV"}


def is_lesion_segment(segment: Dataset) -> bool:
    """Return whether an item of SegmentSequence (DICOM SEG) is a lesion, by its category, type or label."""
    categories = {_code(item) for item in segment.get("SegmentedPropertyCategoryCodeSequence") or []}
    if categories & LESION_CATEGORIES:
        return True
    if any(_is_lesion_type(item) for item in segment.get("SegmentedPropertyTypeCodeSequence") or []):
        return True
    return not categories & ANATOMY_CATEGORIES and _is_lesion_name(str(segment.get("SegmentLabel", "")))


def is_lesion_structure(interpreted_type: str, name: str) -> bool:
    """Return whether a region of an RTSTRUCT is a lesion, by RTROIInterpretedType or its name."""
    return interpreted_type.strip().upper() in LESION_INTERPRETED_TYPES or _is_lesion_name(name)


def _is_lesion_name(name: str) -> bool:
    return bool(LESION_NAMES.search(name))


def _is_lesion_type(code: Dataset) -> bool:
    return _code(code) in LESION_TYPES or bool(LESION_WORDS.search(str(code.get("CodeMeaning", ""))))


def _code(item: Dataset) -> tuple[str, str]:
    return str(item.get("CodingSchemeDesignator", "")), str(item.get("CodeValue", ""))
