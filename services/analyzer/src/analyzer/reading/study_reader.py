"""Reader of an upload into a study."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from analyzer.domain.study import ReferenceFile, Series, Study
from analyzer.reading.decoding import decode_series
from analyzer.reading.ignored_files import FileIgnored, Reason
from analyzer.reading.index import Index, index_sources
from analyzer.reading.keyed_hash import keyed_hash
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.log_suppression import suppressed_library_logs
from analyzer.reading.nifti import NiftiImage, read_nifti
from analyzer.reading.quality_warnings import quality_warnings
from analyzer.reading.references import read_reference
from analyzer.reading.series import ImageSeries
from analyzer.reading.series_choice import choose_series, series_key
from analyzer.reading.sources import list_sources

Progress = Callable[[str, float], None]
"""Receives the stage ("verify", "index", "decode") and its completed share, 0 to 1."""


def read_study(files: Sequence[Path], limits: ReadingLimits, progress: Progress, key: bytes) -> Study:
    """Read an upload: ZIP archives, DICOM and NIfTI files, recognised by content.

    `key` is the secret of the keyed hashes that replace UIDs. Raises `AnalysisFailed`; nothing is written to disk.
    """
    with suppressed_library_logs():
        sources = list_sources(files, limits)
        progress("verify", 1.0)
        index = index_sources(sources, limits, lambda share: progress("index", share))
        images, references = _read_nifti(index, limits, key)
        choice = choose_series(index, images, key)
        series, used = _decode(choice.best, index, limits, lambda share: progress("decode", share), key)
        references += _read_references(index, limits)
    ignored = {reason.value: count for reason, count in sorted(index.ignored.items())}
    return Study(
        series=series,
        not_analysed=choice.not_analysed,
        references=references,
        used=used + len(references),
        ignored=ignored,
        warnings=quality_warnings(series.volume, ignored),
    )


def _read_nifti(index: Index, limits: ReadingLimits, key: bytes) -> tuple[list[NiftiImage], list[ReferenceFile]]:
    """Decode all NIfTI files: only their values distinguish images from masks."""
    images: list[NiftiImage] = []
    masks: list[ReferenceFile] = []
    remaining_bytes = limits.volume_bytes
    for source in index.nifti:
        try:
            image = read_nifti(source, limits, remaining_bytes, key)
        except FileIgnored as ignored:
            index.ignored[ignored.reason] += 1
            continue
        remaining_bytes -= image.volume.voxels.nbytes
        if image.is_mask:
            masks.append(ReferenceFile(nifti=image.volume))
        else:
            images.append(image)
    return images, masks


def _decode(
    best: ImageSeries | NiftiImage, index: Index, limits: ReadingLimits, progress: Callable[[float], None], key: bytes
) -> tuple[Series, int]:
    """Return the decoded series and the number of its files."""
    if isinstance(best, NiftiImage):
        progress(1.0)
        return Series(best.volume, [], [], best.content_key, best.content_key), 1
    index.ignored += Counter({Reason.DUPLICATE: _duplicate_files(best)})
    decoded = decode_series(best, limits, progress)
    study_key = keyed_hash(key, best.first.study_uid or best.uid)
    series = Series(decoded.volume, decoded.headers, decoded.frames, study_key, series_key(best, key))
    return series, len(decoded.headers)


def _duplicate_files(series: ImageSeries) -> int:
    """Return the number of files whose slices were all dropped as duplicates."""
    kept = {id(item.image) for item in series.slices}
    return len({id(item.image) for item in series.dropped} - kept)


def _read_references(index: Index, limits: ReadingLimits) -> list[ReferenceFile]:
    references: list[ReferenceFile] = []
    for source in index.references:
        try:
            references.append(read_reference(source, limits))
        except FileIgnored as ignored:
            index.ignored[ignored.reason] += 1
    return references
