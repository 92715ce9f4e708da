"""Marks of a frame: the attributes in which volumes of one series differ, such as its time or its echo.

They are compared, never shown: some of them identify the patient or the visit.
"""

from collections.abc import Iterator, Mapping, Sequence
from sys import intern

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.tag import BaseTag

Mark = float | str
"""Value of an attribute; "" where it is missing or malformed."""

Marks = tuple[Mark, ...]
"""The values of `KEYWORDS`, then the values of the dimensions that a multi-frame file declares."""

VOLUME_MARKS: tuple[tuple[str, ...], ...] = (
    ("StudyInstanceUID",),
    ("SeriesNumber",),
    ("SeriesDate", "SeriesTime"),
    ("SeriesDescription",),
    ("ProtocolName",),
    ("FrameOfReferenceUID",),
    ("StackID",),
    ("ImageType", "FrameType"),
    ("ConvolutionKernel",),
    ("SliceThickness",),
    ("ReconstructionDiameter",),
    ("FilterType",),
    ("KVP",),
    ("FlipAngle",),
    ("LossyImageCompression",),
    ("EchoNumbers", "EchoTime", "EffectiveEchoTime"),
    ("InversionTime",),
    ("DiffusionBValue",),
    ("DiffusionGradientOrientation",),
    ("TemporalPositionIdentifier", "TemporalPositionIndex", "TemporalPositionTimeOffset"),
    ("NominalPercentageOfCardiacPhase",),
    ("NominalPercentageOfRespiratoryPhase",),
)
"""Attributes that one volume has one value of: where two values interleave, there are two volumes."""

ACQUISITION_NUMBER = ("AcquisitionNumber", "FrameAcquisitionNumber")
ACQUISITION_TIME = ("AcquisitionDateTime", "FrameAcquisitionDateTime", "AcquisitionDate", "AcquisitionTime")
INSTANCE_NUMBER = ("InstanceNumber",)
ACQUISITION_MARKS: tuple[tuple[str, ...], ...] = (
    ("TriggerTime", "NominalCardiacTriggerDelayTime"),
    ACQUISITION_NUMBER,
    ACQUISITION_TIME,
    ("FrameReferenceDateTime",),
    ("FrameReferenceTime",),
    ("ContentDate", "ContentTime"),
    ("RepetitionTime",),
    ("ContrastBolusAgent",),
    ("ImageComments", "FrameComments"),
    ("ImageIndex",),
    INSTANCE_NUMBER,
)
"""Attributes that also change within one volume, from slice to slice or from block to block; their values ascend."""

KEYWORDS = tuple(keyword for mark in (*VOLUME_MARKS, *ACQUISITION_MARKS) for keyword in mark)
POSITIONS_OF = {keyword: number for number, keyword in enumerate(KEYWORDS)}
TAGS = {BaseTag(tag): keyword for keyword in KEYWORDS if (tag := tag_for_keyword(keyword)) is not None}
SPATIAL_DIMENSIONS = frozenset({0x00200032, 0x00200037, 0x00201041, 0x00209056, 0x00209057})
"""Dimensions that count the frames of one volume: position, orientation, location, stack and its slices."""


def marks_of_file(dataset: Dataset) -> Marks:
    """Return the marks of a single-frame file."""
    return _in_order(_values(dataset), ())


def marks_of_frames(dataset: Dataset, shared: Dataset, groups: Sequence[Dataset]) -> Iterator[Marks]:
    """Yield the marks of each frame of a multi-frame file; a frame's own values precede those of the file."""
    common = {**_values(dataset), **_nested_values(shared)}
    dimensions = _dimensions(dataset)
    for group in groups:
        yield _in_order({**common, **_nested_values(group)}, _dimension_values(group, dimensions))


def value_of(marks: Marks, keywords: tuple[str, ...]) -> tuple[Mark, ...]:
    """Return the values of a mark of one or more attributes."""
    return tuple(marks[POSITIONS_OF[keyword]] for keyword in keywords)


def dimension_of(marks: Marks) -> tuple[Mark, ...]:
    """Return the values of the dimensions that a multi-frame file declares."""
    return marks[len(KEYWORDS) :]


def _in_order(values: Mapping[str, Mark], dimensions: tuple[Mark, ...]) -> Marks:
    return (*(values.get(keyword, "") for keyword in KEYWORDS), *dimensions)


def _values(dataset: Dataset) -> dict[str, Mark]:
    return {keyword: _value(dataset, tag) for tag, keyword in TAGS.items() if tag in dataset}


def _nested_values(group: Dataset) -> dict[str, Mark]:
    """Return the values in the functional groups of a frame, or in those that all frames share."""
    values: dict[str, Mark] = {}
    for element in group:
        if element.VR == "SQ" and element.value:
            item = element.value[0]
            directions = item.get("DiffusionGradientDirectionSequence") or ()
            for part in (item, *directions[:1]):
                values |= _values(part)
    return values


def _value(dataset: Dataset, tag: BaseTag) -> Mark:
    try:
        value: object = dataset[tag].value
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
        return ""
    if isinstance(value, int | float):
        return float(value)
    return "" if value is None else intern(str(value).strip())


def _dimensions(dataset: Dataset) -> tuple[int, ...]:
    """Return the indices of the declared dimensions that are not spatial."""
    declared = dataset.get("DimensionIndexSequence") or []
    pointers = [int(item.get("DimensionIndexPointer") or 0) for item in declared]
    return tuple(index for index, pointer in enumerate(pointers) if pointer not in SPATIAL_DIMENSIONS)


def _dimension_values(group: Dataset, dimensions: tuple[int, ...]) -> tuple[Mark, ...]:
    content = group.get("FrameContentSequence") or [Dataset()]
    values = content[0].get("DimensionIndexValues")
    numbers = [values] if isinstance(values, int) else list(values or [])
    return tuple(float(numbers[index]) if index < len(numbers) else "" for index in dimensions)
