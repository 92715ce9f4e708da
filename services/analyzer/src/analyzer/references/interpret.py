"""Interpretation of the supplied segmentations as regions on the analysed image."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from analyzer.domain.study import AnalysisWarning, ReferenceFile, Series, Study
from analyzer.reading.log_suppression import suppressed_library_logs
from analyzer.references.dicom_seg import read_segments
from analyzer.references.nifti_mask import read_mask
from analyzer.references.rtstruct import read_structures
from analyzer.references.segment import OTHER_IMAGE, OUTSIDE, SEVERAL_VOLUMES, UNREADABLE, ReferenceIgnored, Segment


@dataclass(frozen=True)
class References:
    """Segments of all references, and the warnings about references that were ignored."""

    segments: Sequence[Segment]
    warnings: Sequence[AnalysisWarning]


def interpret_references(study: Study) -> References:
    """Interpret all references of the study; an unusable one gives a warning, never an error."""
    segments: list[Segment] = []
    warnings: list[AnalysisWarning] = []
    for reference in study.references:
        try:
            segments += interpret(reference, study.series)
        except ReferenceIgnored as ignored:
            warnings.append(ignored.warning)
    return References(segments, warnings)


def interpret(reference: ReferenceFile, series: Series) -> list[Segment]:
    """Map a reference to the grid of the series' volume.

    It belongs to the series when it references the series or one of its instances, or else when both have the same
    frame of reference; where neither can be compared, as with a NIfTI image, overlap is enough. A mask of several
    volumes belongs to an image of as many.

    Raises:
        ReferenceIgnored: it is malformed, of an unknown type, belongs to another image or to nobody knows which
            volume, or does not intersect it.
    """
    try:
        with suppressed_library_logs():
            segments = _read(reference, series)
    except (ReferenceIgnored, MemoryError):
        raise
    except Exception:  # noqa: BLE001  parsers of untrusted data raise arbitrary errors, which may quote it
        raise ReferenceIgnored(UNREADABLE) from None
    if not segments:
        raise ReferenceIgnored(OUTSIDE)
    return segments


def _read(reference: ReferenceFile, series: Series) -> list[Segment]:
    if reference.nifti is not None:
        if reference.volumes not in {1, series.volumes}:
            raise ReferenceIgnored(SEVERAL_VOLUMES)
        return read_mask(reference.nifti, series.volume)
    if reference.dataset is None or not _belongs(reference.dataset, series):
        raise ReferenceIgnored(OTHER_IMAGE)
    if reference.dataset.SOPClassUID == RTStructureSetStorage:
        return read_structures(reference.dataset, series.volume)
    return read_segments(reference.dataset, series.volume)


def _belongs(dataset: Dataset, series: Series) -> bool:
    own = _uids(header.get(name) for header in series.headers for name in ("SeriesInstanceUID", "SOPInstanceUID"))
    referenced = _uids(_referenced(dataset))
    if own & referenced:
        return True
    frames = _uids(_frames_of_reference(dataset))
    if frames and series.volume.frame_of_reference:
        return series.volume.frame_of_reference in frames
    return not (own and referenced)


def _uids(values: Iterable[object]) -> set[str]:
    return {str(value) for value in values if value}


def _referenced(dataset: Dataset) -> Iterator[object]:
    """UIDs of the series and instances that a SEG or RTSTRUCT references."""
    nested = [
        series
        for studies in _items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in _items(studies, "RTReferencedStudySequence")
        for series in _items(study, "RTReferencedSeriesSequence")
    ]
    for series in (*_items(dataset, "ReferencedSeriesSequence"), *nested):
        yield series.get("SeriesInstanceUID")
        for name in ("ReferencedInstanceSequence", "ContourImageSequence"):
            yield from (item.get("ReferencedSOPInstanceUID") for item in _items(series, name))


def _frames_of_reference(dataset: Dataset) -> Iterator[object]:
    for item in (dataset, *_items(dataset, "ReferencedFrameOfReferenceSequence")):
        yield item.get("FrameOfReferenceUID")


def _items(dataset: Dataset, name: str) -> Sequence[Dataset]:
    return dataset.get(name) or []
