"""A header without values that DICOM does not allow: what a DICOM output copies makes it as invalid as its source."""

from pydicom import Dataset, config
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import VR, validate_value

DESCRIPTIVE_GROUPS = frozenset({0x0008, 0x0010, 0x0012, 0x0018, 0x0020})
TEXTS = frozenset({VR.AE, VR.AS, VR.CS, VR.DA, VR.DT, VR.LO, VR.LT, VR.PN, VR.SH, VR.ST, VR.TM, VR.UT})
KEPT = frozenset({"PatientID", "PatientName", "SpecificCharacterSet", "ImageType", "Modality"})
"""An archive assigns an output to its patient by these two of them; the others say how to read the header."""


def conforming(header: Dataset) -> Dataset:
    """Return a copy without descriptive values that violate their value representation (PS3.5 6.2).

    A value is dropped rather than shortened: a part of an accession number is another accession number. Whether the
    patient was de-identified is dropped, too, where the method, which must then be named (PS3.3 C.7.1.1), is not.
    """
    copy = Dataset()
    copy.update(header)
    for tag in [tag for tag in copy.keys() if tag.group in DESCRIPTIVE_GROUPS and not _conforms(copy, tag)]:  # noqa: SIM118
        del copy[tag]
    if "DeidentificationMethod" not in copy:
        copy.pop("PatientIdentityRemoved", None)
    return copy


def _conforms(header: Dataset, tag: BaseTag) -> bool:
    try:
        element = header[tag]
        if element.VR in TEXTS and element.keyword not in KEPT:
            for value in _values(element):
                validate_value(element.VR, value, config.RAISE)
    except (ValueError, TypeError):
        return False
    return True


def _values(element: DataElement) -> list[object]:
    return list(element.value) if isinstance(element.value, MultiValue) else [element.value]
