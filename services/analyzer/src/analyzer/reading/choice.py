"""The series to analyse, among DICOM and NIfTI, and why not the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored import Reason
from analyzer.reading.index import Index
from analyzer.reading.keyed_hash import keyed_hash
from analyzer.reading.nifti import NiftiImage
from analyzer.reading.series import FEW_SLICES, ImageSeries, Rank, group_series

FAILURES = (
    (Reason.UNSUPPORTED_SYNTAX, FailureCode.UNSUPPORTED_SYNTAX, "Снимки сжаты способом, который не поддерживается."),
    (
        Reason.GEOMETRY_MISSING,
        FailureCode.GEOMETRY_MISSING,
        "В снимках нет положения, ориентации, размера пикселя или шкалы значений: измерить по ним ничего нельзя.",
    ),
    (
        Reason.GEOMETRY_MIXED,
        FailureCode.GEOMETRY_MIXED,
        "Срезы не образуют одного объёма: у них разные размеры, ориентация или время.",
    ),
    (Reason.TOO_LARGE, FailureCode.TOO_LARGE, "Изображение слишком большое для анализа."),
    (Reason.NESTED_ARCHIVE, FailureCode.ZIP_LIMIT, "Внутри архива другой архив: загрузите файлы одним архивом."),
    (Reason.DAMAGED, FailureCode.NO_IMAGE, "Файлы изображений повреждены или неполны."),
)
NO_IMAGE = "В загрузке нет изображений, которые можно анализировать (срезы КТ, МРТ, ПЭТ или NIfTI)."


@dataclass(frozen=True)
class Choice:
    """The best series and, for each other one, (series key, reason) sorted by key."""

    best: ImageSeries | NiftiImage
    not_analysed: list[tuple[str, str]]


def choose_series(index: Index, nifti: Sequence[NiftiImage], key: bytes) -> Choice:
    """Choose by `Rank`. Raises `AnalysisFailed` with the reason why there is nothing to choose from."""
    blocked = {refused.series_uid or refused.frame_of_reference: refused.reason for refused in index.refused}
    images = [image for image in index.images if (image.series_uid or image.frame_of_reference) not in blocked]
    series, mixed = group_series(images)
    blocked |= dict.fromkeys(mixed, Reason.GEOMETRY_MIXED)
    candidates = [(one.rank, one) for one in series] + [(nifti_rank(one), one) for one in nifti]
    if not candidates:
        raise nothing_to_analyse({*blocked.values(), *index.ignored})
    best_rank, best = min(candidates, key=lambda candidate: candidate[0])
    others = [
        (series_key(one, key), rank.reason_to_lose_against(best_rank)) for rank, one in candidates if one is not best
    ]
    others += [(keyed_hash(key, uid), reason.value) for uid, reason in blocked.items()]
    return Choice(best, sorted(others))


def nothing_to_analyse(reasons: set[Reason]) -> AnalysisFailed:
    """Return the failure that says most about why no image can be analysed."""
    for reason, code, message in FAILURES:
        if reason in reasons:
            return AnalysisFailed(code, message)
    return AnalysisFailed(FailureCode.NO_IMAGE, NO_IMAGE)


def series_key(series: ImageSeries | NiftiImage, key: bytes) -> str:
    """Return what a series is called in a result."""
    return series.content_key if isinstance(series, NiftiImage) else keyed_hash(key, series.uid)


def nifti_rank(image: NiftiImage) -> Rank:
    """Rank a NIfTI image behind a DICOM series of the same kind: it says less about itself."""
    volume = image.volume
    slices = len(volume.voxels)
    return Rank(
        other_modality=volume.modality != "CT",
        few_slices=slices < FEW_SLICES,
        nifti_beside_dicom=True,
        derived=True,
        thicker_slices=round(volume.slice_spacing, 2) if slices > 1 else float("inf"),
        fewer_slices=-slices,
        same_rank=(image.content_key,),
    )
