"""Reader of an upload into a study."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.domain.study import AnalysisWarning, ReferenceFile, Series, Study
from analyzer.reading.copies import CopyFinder
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
from analyzer.reading.series_choice import SeriesChoice, rank_series, series_key
from analyzer.reading.sources import list_sources

Progress = Callable[[str, float], None]
"""Receives the stage ("verify", "index", "decode") and its completed share, 0 to 1."""


@dataclass(frozen=True)
class Upload:
    """An indexed upload: the series that could be analysed, best first, each decoded when it is asked for."""

    index: Index = field(repr=False)
    choice: SeriesChoice = field(repr=False)
    references: Sequence[ReferenceFile] = field(repr=False)
    limits: ReadingLimits
    progress: Progress
    key: bytes = field(repr=False)

    def __len__(self) -> int:
        """Return the number of series that could be analysed, at least 1."""
        return len(self.choice.candidates)

    def study(self, place: int) -> Study:
        """Decode the series at a place of the ranking. Raises `AnalysisFailed`."""
        candidate = self.choice.candidates[place][1]
        with suppressed_library_logs():
            series, used, damaged = _decode(
                candidate, self.limits, lambda share: self.progress("decode", share), self.key
            )
        left_out = self.choice.left_out(place)
        counts = self.index.ignored + left_out.files + Counter({Reason.DAMAGED: damaged})
        ignored = {reason.value: count for reason, count in sorted(counts.items())}
        return Study(
            series=series,
            not_analysed=self.choice.not_analysed(place, self.key),
            references=self.references,
            used=used + len(self.references),
            ignored=ignored,
            warnings=[*_header_warnings(candidate), *quality_warnings(series.volume, ignored, left_out.slices)],
        )


def open_upload(files: Sequence[Path], limits: ReadingLimits, progress: Progress, key: bytes) -> Upload:
    """Index an upload: ZIP archives, DICOM and NIfTI files, recognised by content.

    `key` is the secret of the keyed hashes that replace UIDs. Raises `AnalysisFailed`; nothing is written to disk.
    """
    with suppressed_library_logs():
        sources = list_sources(files, limits)
        progress("verify", 1.0)
        index = index_sources(sources, limits, lambda share: progress("index", share))
        images, masks = _read_nifti(index, limits, key)
        choice = rank_series(index, images, CopyFinder(limits))
        references = [*masks, *_read_references(index, limits)]
    return Upload(index, choice, references, limits, progress, key)


def read_study(files: Sequence[Path], limits: ReadingLimits, progress: Progress, key: bytes) -> Study:
    """Read the best series of an upload. Raises `AnalysisFailed`."""
    return open_upload(files, limits, progress, key).study(0)


def _header_warnings(best: ImageSeries | NiftiImage) -> list[AnalysisWarning]:
    code = best.warning if isinstance(best, NiftiImage) else None
    return [] if code is None else [AnalysisWarning.of(code)]


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
            masks.append(ReferenceFile(nifti=image.volume, volumes=image.volumes))
        else:
            images.append(image)
    return images, masks


def _decode(
    best: ImageSeries | NiftiImage, limits: ReadingLimits, progress: Callable[[float], None], key: bytes
) -> tuple[Series, int, int]:
    """Return the decoded series, the number of its files, and that of its slices that are damaged."""
    if isinstance(best, NiftiImage):
        progress(1.0)
        series = Series(best.volume, [], [], best.content_key, best.content_key, best.volumes)
        return series, 1, 0
    decoded = decode_series(best, limits, progress)
    study_key = keyed_hash(key, best.first.study_uid or best.uid)
    series = Series(decoded.volume, decoded.headers, decoded.frames, study_key, series_key(best, key))
    return series, len(decoded.headers), decoded.damaged


def _read_references(index: Index, limits: ReadingLimits) -> list[ReferenceFile]:
    references: list[ReferenceFile] = []
    for source in index.references:
        try:
            references.append(read_reference(source, limits))
        except FileIgnored as ignored:
            index.ignored[ignored.reason] += 1
    return references
