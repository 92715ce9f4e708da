"""Repair of numbers in text that are not encoded as DS or IS (PS3.5 6.2) but can be read without guessing."""

import re
from collections.abc import Sequence
from typing import cast

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, keyword_dict
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

NUMBERS = {tag: vr for tag in keyword_dict.values() if (vr := dictionary_VR(tag)) in {"DS", "IS"}}
"""Tag -> VR of all standard elements that hold numbers as text."""

TEXT_VRS = frozenset({"AE", "AS", "CS", "DS", "IS", "LO", "LT", "SH", "ST", "UC", "UN", "UT"})
SEQUENCES = frozenset(
    {
        *(0x52009229, 0x52009230),  # functional groups: shared, per frame
        *(0x00209113, 0x00209116, 0x00289110, 0x00289145),  # plane position, orientation, pixel measures, rescaling
        *(0x30060039, 0x30060040),  # regions of interest, contours
    }
)
"""The sequences whose items hold numbers that are read."""

RESCALE_INTERCEPT = 0x00281052
THOUSANDS = re.compile(rb"-?[1-9]\d?\d?,\d{3}")


def repair_numbers(dataset: Dataset) -> None:
    """Give numbers that still are raw bytes the VR of the dictionary and a decimal point, in place, in all items.

    Numbers come under another text VR from converters without a dictionary, and always under UN where they are longer
    than 65,534 bytes (PS3.5 6.2.2). Decimal commas come from software that formats by the locale. The separator of
    values is the backslash, so a comma can only be a decimal comma; but an intercept such as -1,024 could be meant
    either way, and is left as it is: no number.
    """
    for tag in dataset.keys() & NUMBERS.keys():
        element = dataset.get_item(tag, keep_deferred=True)
        if isinstance(element, RawDataElement) and element.value and (element.VR or "DS") in TEXT_VRS:
            _replace(dataset, BaseTag(tag), element)
    for tag in dataset.keys() & SEQUENCES:
        for item in _items(dataset, BaseTag(tag)):
            repair_numbers(item)


def _replace(dataset: Dataset, tag: BaseTag, element: RawDataElement) -> None:
    value = (element.value or b"").rstrip(b" \0\\")
    if b"," in value and not (tag == RESCALE_INTERCEPT and THOUSANDS.fullmatch(value)):
        value = value.replace(b",", b".")
    if element.VR not in {None, NUMBERS[tag]} or value != (element.value or b"").rstrip(b" \0"):
        dataset[tag] = element._replace(VR=NUMBERS[tag], value=value, length=len(value))


def _items(dataset: Dataset, tag: BaseTag) -> Sequence[Dataset]:
    """Return the items of a sequence. Under UN its content is implicit little endian, whatever surrounds it."""
    element = dataset.get_item(tag, keep_deferred=True)
    if isinstance(element, RawDataElement) and element.VR == "UN":
        dataset[tag] = element._replace(VR="SQ", is_implicit_VR=True, is_little_endian=True)
    return cast("Sequence[Dataset]", dataset[tag].value or ())
