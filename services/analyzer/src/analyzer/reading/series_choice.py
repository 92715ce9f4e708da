"""Choice of the series to analyse, among DICOM and NIfTI, with the reason why each other series was not chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import Reason
from analyzer.reading.index import Index
from analyzer.reading.keyed_hash import keyed_hash
from analyzer.reading.nifti import NiftiImage
from analyzer.reading.series import MIN_SLICES, ImageSeries, Rank, group_series

FAILURES = (
    (Reason.UNSUPPORTED_SYNTAX, FailureCode.UNSUPPORTED_SYNTAX, messages.UNSUPPORTED_SYNTAX),
    (
        Reason.GEOMETRY_MISSING,
        FailureCode.GEOMETRY_MISSING,
        messages.GEOMETRY_MISSING,
    ),
    (
        Reason.GEOMETRY_MIXED,
        FailureCode.GEOMETRY_MIXED,
        messages.GEOMETRY_MIXED,
    ),
    (Reason.TOO_LARGE, FailureCode.TOO_LARGE, messages.IMAGE_TOO_LARGE),
    (Reason.NESTED_ARCHIVE, FailureCode.ZIP_LIMIT, messages.ZIP_NESTED),
    (Reason.DAMAGED, FailureCode.NO_IMAGE, messages.IMAGES_DAMAGED),
)


@dataclass(frozen=True)
class SeriesChoice:
    """The chosen series and, for each other one, (series key, reason) sorted by key."""

    best: ImageSeries | NiftiImage
    not_analysed: list[tuple[str, str]]


def choose_series(index: Index, nifti: Sequence[NiftiImage], key: bytes) -> SeriesChoice:
    """Choose the series of the lowest rank. Raises `AnalysisFailed` with the reason when there is no candidate."""
    blocked = {image.series_uid or image.frame_of_reference: image.reason for image in index.unusable}
    images = [image for image in index.images if (image.series_uid or image.frame_of_reference) not in blocked]
    series, mixed = group_series(images)
    blocked |= dict.fromkeys(mixed, Reason.GEOMETRY_MIXED)
    candidates = [(candidate.rank, candidate) for candidate in series] + [(nifti_rank(image), image) for image in nifti]
    if not candidates:
        raise no_image_failure({*blocked.values(), *index.ignored})
    best_rank, best = min(candidates, key=lambda ranked: ranked[0])
    others = [
        (series_key(candidate, key), rank.first_difference(best_rank))
        for rank, candidate in candidates
        if candidate is not best
    ]
    others += [(keyed_hash(key, uid), reason.value) for uid, reason in blocked.items()]
    return SeriesChoice(best, sorted(others))


def no_image_failure(reasons: set[Reason]) -> AnalysisFailed:
    """Return the most specific failure for an upload without an image that can be analysed."""
    for reason, code, message in FAILURES:
        if reason in reasons:
            return AnalysisFailed(code, message)
    return AnalysisFailed(FailureCode.NO_IMAGE, messages.NO_IMAGE)


def series_key(series: ImageSeries | NiftiImage, key: bytes) -> str:
    """Return the keyed hash that identifies a series in a result."""
    return series.content_key if isinstance(series, NiftiImage) else keyed_hash(key, series.uid)


def nifti_rank(image: NiftiImage) -> Rank:
    """Rank a NIfTI image after a DICOM series of the same modality: its header holds less."""
    volume = image.volume
    slices = len(volume.voxels)
    return Rank(
        other_modality=volume.modality != "CT",
        few_slices=slices < MIN_SLICES,
        nifti_beside_dicom=True,
        derived=True,
        thicker_slices=round(volume.slice_spacing, 2) if slices > 1 else float("inf"),
        fewer_slices=-slices,
        same_rank=(image.content_key,),
    )
