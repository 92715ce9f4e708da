"""Text of the source headers in Unicode, from whatever character set they state, and however they spell its name.

Not every legal set (PS3.3 C.12.1.1.2) can be repeated in an object about the images: the writer refuses a first value
that is left empty. UTF-8 has every character.
"""

import codecs
import re

from pydicom import Dataset
from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

UTF_8 = "ISO_IR 192"
TERM = re.compile(r"ISO[ _-]*(2022[ _-]*)?IR[ _-]*(\d+)")
LATIN = re.compile(r"(?:ISO[ _-]*)?8859[ _-]*(\d+)")
REGISTRATIONS = {1: 100, 2: 101, 3: 109, 4: 110, 5: 144, 6: 127, 7: 126, 8: 138, 9: 148, 11: 166}
"""Part of ISO 8859 -> number in the ISO registry, by which DICOM names it."""

TEXT = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""The VRs that the character set concerns (PS3.5 6.1.2.2)."""

CODECS = re.compile(r"utf-8|cp\d+|koi8-[ru]|gb\w+|euc_\w+|shift_jis|big5\w*|mac-\w+")


def in_unicode(header: Dataset) -> Dataset:
    """Return a copy whose text is decoded, and will be written as UTF-8."""
    copied = Dataset()
    copied.update(header)
    stated = copied.get("SpecificCharacterSet")
    terms = list(stated) if isinstance(stated, MultiValue) else [stated]
    copied.SpecificCharacterSet = [corrected(str(term or "")) for term in terms]
    for tag in list(copied.keys()):
        element = copied.get_item(tag)
        if isinstance(element, RawDataElement) and (element.VR or dictionary_VR(tag)) in TEXT:
            _ = copied[tag]  # decodes it by the set that is stated now
    copied.SpecificCharacterSet = UTF_8
    return copied


def corrected(term: str) -> str:
    """Return the defined term that is meant; empty, the default repertoire, for an unknown one."""
    spelt = term.strip().upper()
    if spelt in python_encoding:
        return spelt
    if part := LATIN.fullmatch(spelt):
        spelt = f"ISO_IR {REGISTRATIONS.get(int(part[1]))}"
    elif match := TERM.fullmatch(spelt):
        spelt = f"ISO 2022 IR {match[2]}" if match[1] else f"ISO_IR {match[2]}"
    return spelt if spelt in python_encoding else _codec(term.strip())


def _codec(name: str) -> str:
    """Return the name if it is that of a code page, which some workstations state as it is."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return found if CODECS.fullmatch(found) else ""
