"""From the files of one upload to the study that is analysed."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from analyzer.domain.study import ReferenceFile, Series, Study
from analyzer.reading.choice import choose_series, series_key
from analyzer.reading.decoding import decode_series
from analyzer.reading.ignored import Ignored, Reason
from analyzer.reading.index import Index, index_sources
from analyzer.reading.keyed_hash import keyed_hash
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.nifti import NiftiImage, read_nifti
from analyzer.reading.notices import notices_of
from analyzer.reading.quiet import quiet_libraries
from analyzer.reading.references import read_reference
from analyzer.reading.series import ImageSeries
from analyzer.reading.sources import list_sources

Progress = Callable[[str, float], None]
"""Told the stage ("verify", "index", "decode") and the share of it that is done, 0 to 1."""


def read_study(files: Sequence[Path], limits: ReadingLimits, progress: Progress, key: bytes) -> Study:
    """Read one upload: ZIP archives, DICOM and NIfTI files, recognised by content.

    `key` is the secret of the hashes that stand for UIDs. Raises `AnalysisFailed`; nothing is written to disk.
    """
    with quiet_libraries():
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
        warnings=notices_of(series.volume, ignored),
    )


def _read_nifti(index: Index, limits: ReadingLimits, key: bytes) -> tuple[list[NiftiImage], list[ReferenceFile]]:
    """Decode all NIfTI files: only their values tell images from masks."""
    images: list[NiftiImage] = []
    masks: list[ReferenceFile] = []
    room = limits.volume_bytes
    for source in index.nifti:
        try:
            image = read_nifti(source, limits, room, key)
        except Ignored as ignored:
            index.ignored[ignored.reason] += 1
            continue
        room -= image.volume.voxels.nbytes
        if image.is_mask:
            masks.append(ReferenceFile(nifti=image.volume))
        else:
            images.append(image)
    return images, masks


def _decode(
    best: ImageSeries | NiftiImage, index: Index, limits: ReadingLimits, progress: Callable[[float], None], key: bytes
) -> tuple[Series, int]:
    """Return the series and the number of files it was read from."""
    if isinstance(best, NiftiImage):
        progress(1.0)
        return Series(best.volume, [], [], best.content_key, best.content_key), 1
    index.ignored += Counter({Reason.DUPLICATE: _files_only_in(best)})
    decoded = decode_series(best, limits, progress)
    study_key = keyed_hash(key, best.first.study_uid or best.uid)
    series = Series(decoded.volume, decoded.headers, decoded.frames, study_key, series_key(best, key))
    return series, len(decoded.headers)


def _files_only_in(series: ImageSeries) -> int:
    """Return how many files gave nothing but dropped slices."""
    kept = {id(item.image) for item in series.slices}
    return len({id(item.image) for item in series.dropped} - kept)


def _read_references(index: Index, limits: ReadingLimits) -> list[ReferenceFile]:
    references: list[ReferenceFile] = []
    for source in index.references:
        try:
            references.append(read_reference(source, limits))
        except Ignored as ignored:
            index.ignored[ignored.reason] += 1
    return references
