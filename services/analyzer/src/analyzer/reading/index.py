"""What the files of an upload are, decided by their content from as few bytes as possible."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from analyzer.reading.dicom_header import looks_like_dicom, read_header
from analyzer.reading.ignored import Ignored, Reason, hostile
from analyzer.reading.images import Image, Refused, describe
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.nifti import looks_like_nifti
from analyzer.reading.sources import ZIP_MAGICS, Source
from analyzer.reading.storage_classes import SEGMENTATIONS, refuse_other_objects
from analyzer.reading.streams import HeaderBudget, SourceStream

SIGNATURE = 540


@dataclass
class Index:
    """The files by what they are; `ignored` counts the others by reason."""

    images: list[Image] = field(default_factory=list[Image])
    refused: list[Refused] = field(default_factory=list[Refused])
    references: list[Source] = field(default_factory=list[Source])
    nifti: list[Source] = field(default_factory=list[Source])
    ignored: Counter[Reason] = field(default_factory=Counter[Reason])


def index_sources(sources: Sequence[Source], limits: ReadingLimits, progress: Callable[[float], None]) -> Index:
    """Look at the beginning of every file. Raises `AnalysisFailed(ZIP_INVALID)` where an archive is broken."""
    index = Index()
    budget = HeaderBudget()
    for number, source in enumerate(sources, start=1):
        try:
            with hostile():
                _add(index, source, limits, budget)
        except Ignored as ignored:
            index.ignored[ignored.reason] += 1
        progress(number / len(sources))
    return index


def _add(index: Index, source: Source, limits: ReadingLimits, budget: HeaderBudget) -> None:
    if source.size == 0:
        raise Ignored(Reason.EMPTY)
    stream = SourceStream(source.pieces(), limits.header_bytes, budget)
    head = stream.read(SIGNATURE)
    if looks_like_nifti(source, head):
        index.nifti.append(source)
    elif looks_like_dicom(head):
        stream.seek(0)
        _add_dicom(index, source, stream, limits)
    else:
        raise Ignored(Reason.NESTED_ARCHIVE if head[:4] in ZIP_MAGICS else Reason.NOT_AN_IMAGE)


def _add_dicom(index: Index, source: Source, stream: SourceStream, limits: ReadingLimits) -> None:
    header = read_header(stream, limits.header_bytes)
    refuse_other_objects(header.sop_class)
    if header.sop_class in SEGMENTATIONS:
        index.references.append(source)
        return
    described = describe(header, source, limits)
    if isinstance(described, Image):
        index.images.append(described)
    else:
        index.refused.append(described)
        index.ignored[described.reason] += 1
