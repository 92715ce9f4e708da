"""Index of the files of an upload, classified by content from as few bytes as possible."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from analyzer.reading.dicom_header import looks_like_dicom, read_header
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.images import Image, UnusableImage, describe
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.nifti import unpacked_head
from analyzer.reading.nifti_header import has_nifti_magic, is_paired_header
from analyzer.reading.sources import ZIP_MAGICS, Source, is_other_archive
from analyzer.reading.storage_classes import SEGMENTATIONS, ignore_other_objects
from analyzer.reading.streams import HeaderBudget, SourceStream

SIGNATURE_BYTES = 540


@dataclass
class Index:
    """The files by type; `ignored` counts the others by reason."""

    images: list[Image] = field(default_factory=list[Image])
    unusable: list[UnusableImage] = field(default_factory=list[UnusableImage])
    references: list[Source] = field(default_factory=list[Source])
    nifti: list[Source] = field(default_factory=list[Source])
    ignored: Counter[Reason] = field(default_factory=Counter[Reason])


def index_sources(sources: Sequence[Source], limits: ReadingLimits, progress: Callable[[float], None]) -> Index:
    """Classify every file by its first bytes. Raises `AnalysisFailed(ZIP_INVALID)` for a damaged archive."""
    index = Index()
    budget = HeaderBudget()
    for number, source in enumerate(sources, start=1):
        try:
            with untrusted_parsing():
                _add(index, source, limits, budget)
        except FileIgnored as ignored:
            index.ignored[ignored.reason] += 1
        progress(number / len(sources))
    return index


def _add(index: Index, source: Source, limits: ReadingLimits, budget: HeaderBudget) -> None:
    if source.size == 0:
        raise FileIgnored(Reason.EMPTY)
    stream = SourceStream(source.pieces(), limits.header_bytes, budget)
    head = stream.read(SIGNATURE_BYTES)
    unpacked = unpacked_head(source, head)
    if has_nifti_magic(unpacked):
        index.nifti.append(source)
    elif looks_like_dicom(head):
        stream.seek(0)
        _add_dicom(index, source, stream, limits)
    elif head[:4] in ZIP_MAGICS:
        raise FileIgnored(Reason.NESTED_ARCHIVE)
    elif is_paired_header(unpacked):
        raise FileIgnored(Reason.PAIRED_NIFTI)
    else:
        raise FileIgnored(Reason.OTHER_ARCHIVE if is_other_archive(head) else Reason.NOT_AN_IMAGE)


def _add_dicom(index: Index, source: Source, stream: SourceStream, limits: ReadingLimits) -> None:
    header = read_header(stream, limits.header_bytes, source.budget)
    ignore_other_objects(header.sop_class)
    if header.sop_class in SEGMENTATIONS:
        index.references.append(source)
        return
    described = describe(header, source, limits)
    if isinstance(described, Image):
        index.images.append(described)
    else:
        index.unusable.append(described)
        index.ignored[described.reason] += 1
