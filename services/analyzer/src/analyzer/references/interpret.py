"""From the segmentations that came with the images to regions on the analysed image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from analyzer.domain.study import Notice, ReferenceFile, Series, Study
from analyzer.references.dicom_seg import read_segments
from analyzer.references.nifti_mask import read_mask
from analyzer.references.rtstruct import read_structures
from analyzer.references.segment import OTHER_IMAGE, OUTSIDE, UNREADABLE, ReferenceIgnored, Segment

MALFORMED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What parsing somebody's dataset can end in; running out of memory is not among them."""


@dataclass(frozen=True)
class References:
    """What the references say, and what their owner should know about those that say nothing."""

    segments: Sequence[Segment]
    notices: Sequence[Notice]


def interpret_references(study: Study) -> References:
    """Interpret all references of the study; one that cannot be used gives a notice and never an error."""
    segments: list[Segment] = []
    notices: list[Notice] = []
    for reference in study.references:
        try:
            segments += interpret(reference, study.series)
        except ReferenceIgnored as ignored:
            notices.append(ignored.notice)
    return References(segments, notices)


def interpret(reference: ReferenceFile, series: Series) -> list[Segment]:
    """Bring one reference onto the grid of the series' volume.

    It belongs to the series when it refers to it or to one of its instances, or else when it shares its frame of
    reference (or one of the two has none) and overlaps.

    Raises:
        ReferenceIgnored: it is malformed, of an unknown kind, belongs elsewhere, or meets the image nowhere.
    """
    try:
        segments = _read(reference, series)
    except MALFORMED as error:
        raise ReferenceIgnored(UNREADABLE) from error
    if not segments:
        raise ReferenceIgnored(OUTSIDE)
    return segments


def _read(reference: ReferenceFile, series: Series) -> list[Segment]:
    if reference.nifti is not None:
        return read_mask(reference.nifti, series.volume)
    if reference.dataset is None or not _belongs(reference.dataset, series):
        raise ReferenceIgnored(OTHER_IMAGE)
    if reference.dataset.SOPClassUID == RTStructureSetStorage:
        return read_structures(reference.dataset, series.volume)
    return read_segments(reference.dataset, series.volume)


def _belongs(dataset: Dataset, series: Series) -> bool:
    own = {str(each.get(name, "")) for each in series.headers for name in ("SeriesInstanceUID", "SOPInstanceUID")}
    if (own - {""}).intersection(_referenced(dataset)):
        return True
    frames = set(_frames_of_reference(dataset))
    return not frames or not series.volume.frame_of_reference or series.volume.frame_of_reference in frames


def _referenced(dataset: Dataset) -> Iterator[str]:
    """UIDs of the series and instances that a SEG or RTSTRUCT names."""
    nested = [
        each
        for studies in _items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in _items(studies, "RTReferencedStudySequence")
        for each in _items(study, "RTReferencedSeriesSequence")
    ]
    for series in (*_items(dataset, "ReferencedSeriesSequence"), *nested):
        yield str(series.get("SeriesInstanceUID", ""))
        for name in ("ReferencedInstanceSequence", "ContourImageSequence"):
            yield from (str(each.get("ReferencedSOPInstanceUID", "")) for each in _items(series, name))


def _frames_of_reference(dataset: Dataset) -> Iterator[str]:
    for item in (dataset, *_items(dataset, "ReferencedFrameOfReferenceSequence")):
        if item.get("FrameOfReferenceUID"):
            yield str(item.FrameOfReferenceUID)


def _items(dataset: Dataset, name: str) -> Sequence[Dataset]:
    return dataset.get(name) or []
