"""From the segmentations that came with the images to regions on the analysed image."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from analyzer.domain.study import Notice, ReferenceFile, Series, Study
from analyzer.reading.quiet import quiet_libraries
from analyzer.references.dicom_seg import read_segments
from analyzer.references.nifti_mask import read_mask
from analyzer.references.rtstruct import read_structures
from analyzer.references.segment import OTHER_IMAGE, OUTSIDE, UNREADABLE, ReferenceIgnored, Segment


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
    reference; where neither can be compared, as with a NIfTI image, overlapping is enough. The libraries are kept
    quiet meanwhile: they would quote what they cannot parse.

    Raises:
        ReferenceIgnored: it is malformed, of an unknown kind, belongs elsewhere, or meets the image nowhere.
    """
    try:
        with quiet_libraries():
            segments = _read(reference, series)
    except (ReferenceIgnored, MemoryError):
        raise
    except Exception:  # noqa: BLE001  parsing somebody's dataset ends in arbitrary errors, which may quote it
        raise ReferenceIgnored(UNREADABLE) from None
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
    own = _uids(each.get(name) for each in series.headers for name in ("SeriesInstanceUID", "SOPInstanceUID"))
    named = _uids(_referenced(dataset))
    if own & named:
        return True
    frames = _uids(_frames_of_reference(dataset))
    if frames and series.volume.frame_of_reference:
        return series.volume.frame_of_reference in frames
    return not (own and named)


def _uids(values: Iterable[object]) -> set[str]:
    return {str(value) for value in values if value}


def _referenced(dataset: Dataset) -> Iterator[object]:
    """UIDs of the series and instances that a SEG or RTSTRUCT names."""
    nested = [
        each
        for studies in _items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in _items(studies, "RTReferencedStudySequence")
        for each in _items(study, "RTReferencedSeriesSequence")
    ]
    for series in (*_items(dataset, "ReferencedSeriesSequence"), *nested):
        yield series.get("SeriesInstanceUID")
        for name in ("ReferencedInstanceSequence", "ContourImageSequence"):
            yield from (each.get("ReferencedSOPInstanceUID") for each in _items(series, name))


def _frames_of_reference(dataset: Dataset) -> Iterator[object]:
    for item in (dataset, *_items(dataset, "ReferencedFrameOfReferenceSequence")):
        yield item.get("FrameOfReferenceUID")


def _items(dataset: Dataset, name: str) -> Sequence[Dataset]:
    return dataset.get(name) or []
