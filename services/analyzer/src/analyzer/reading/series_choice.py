"""Choice of the series to analyse, among DICOM and NIfTI, with the reason why each other series was not chosen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import Reason
from analyzer.reading.index import Index
from analyzer.reading.keyed_hash import keyed_hash
from analyzer.reading.nifti import NiftiImage
from analyzer.reading.series import MIN_SLICES, Grouping, ImageSeries, Rank, group_series
from analyzer.reading.stacks import Slice
from analyzer.reading.volumes import Copies

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
    (Reason.SIZES_CONTRADICT, FailureCode.GEOMETRY_MIXED, messages.NIFTI_SIZES_CONTRADICT),
    (Reason.COMPONENTS, FailureCode.GEOMETRY_MIXED, messages.NIFTI_COMPONENTS),
    (Reason.TOO_LARGE, FailureCode.TOO_LARGE, messages.IMAGE_TOO_LARGE),
    (Reason.NESTED_ARCHIVE, FailureCode.ZIP_LIMIT, messages.ZIP_NESTED),
    (Reason.DAMAGED, FailureCode.NO_IMAGE, messages.IMAGES_DAMAGED),
    (Reason.OTHER_ARCHIVE, FailureCode.NO_IMAGE, messages.OTHER_ARCHIVE),
    (Reason.PAIRED_NIFTI, FailureCode.NO_IMAGE, messages.NIFTI_PAIRED),
)
NOT_APPLICABLE = "not_applicable"
"""Reason of a series of a lower rank than the analysed one that no strategy could look at."""

SAME_RANK = "same_rank"
"""Reason of what only its place in the order distinguishes from the analysed volume."""


@dataclass(frozen=True)
class LeftOut:
    """What has the series UID of the analysed volume and is not part of it, by reason.

    `files` counts the files of `slices` that the index did not ignore, and that are not used for another frame.
    """

    slices: Counter[Reason]
    files: Counter[Reason]


@dataclass(frozen=True)
class SeriesChoice:
    """The series that could be analysed, best first, and the identities of the others with the reason."""

    candidates: Sequence[tuple[Rank, ImageSeries | NiftiImage]]
    blocked: Mapping[str, Reason]
    unusable: Mapping[str, Counter[Reason]]

    def not_analysed(self, chosen: int, key: bytes) -> list[tuple[str, str]]:
        """Return (series key, reason) of each volume but the chosen one, sorted by key."""
        best = self.candidates[chosen][0]
        others = [
            (series_key(candidate, key), NOT_APPLICABLE if place < chosen else rank.first_difference(best))
            for place, (rank, candidate) in enumerate(self.candidates)
            if place != chosen
            for _ in range(_volumes_of(candidate))
        ]
        own = self.candidates[chosen][1]
        others += [(series_key(own, key), SAME_RANK)] * (_volumes_of(own) - 1)
        return sorted(others + [(keyed_hash(key, uid), reason.value) for uid, reason in self.blocked.items()])

    def left_out(self, chosen: int) -> LeftOut:
        """Return what has the series UID of the chosen volume and is not part of it."""
        series = self.candidates[chosen][1]
        if isinstance(series, NiftiImage):
            others = (series.volumes - 1) * len(series.volume.voxels)
            return LeftOut(+Counter({Reason.OTHER_VOLUME: others}), Counter())
        used = {id(item.image) for item in series.slices}
        slices = Counter(self.unusable.get(series.first.identity, {}))
        files: Counter[Reason] = Counter()
        for reason, others in self._beside(series):
            slices[reason] += len(others)
            files[reason] += len({id(item.image) for item in others} - used)
        return LeftOut(slices, files)

    def _beside(self, series: ImageSeries) -> Iterator[tuple[Reason, Sequence[Slice]]]:
        yield Reason.DUPLICATE, series.copies
        for _, other in self.candidates:
            if isinstance(other, ImageSeries) and other is not series and other.first.identity == series.first.identity:
                yield Reason.OTHER_VOLUME if other.grid == series.grid else Reason.OTHER_GRID, other.slices


def rank_series(index: Index, nifti: Sequence[NiftiImage], copies: Copies) -> SeriesChoice:
    """Rank the series of an upload. Raises `AnalysisFailed` with the reason when there is no candidate."""
    blocked = _blocked(index)
    grouping = group_series([image for image in index.images if image.identity not in blocked], copies)
    blocked |= dict.fromkeys(grouping.mixed, Reason.GEOMETRY_MIXED)
    candidates = _candidates(grouping, nifti)
    if not candidates:
        raise no_image_failure({*blocked.values(), *index.ignored})
    unusable: dict[str, Counter[Reason]] = {}
    for image in index.unusable:
        unusable.setdefault(image.identity, Counter())[image.reason] += 1
    return SeriesChoice(candidates, blocked, unusable)


def _candidates(grouping: Grouping, nifti: Sequence[NiftiImage]) -> list[tuple[Rank, ImageSeries | NiftiImage]]:
    ranked: list[tuple[Rank, ImageSeries | NiftiImage]] = [(series.rank, series) for series in grouping.series]
    ranked += [(nifti_rank(image), image) for image in nifti]
    return sorted(ranked, key=lambda candidate: candidate[0])


def _blocked(index: Index) -> dict[str, Reason]:
    """Return the series that an unusable slice makes impossible to analyse; a picture beside the slices does not."""
    usable = {image.identity for image in index.images}
    original = {image.identity for image in index.images if image.original}
    blocked: dict[str, Reason] = {}
    for image in index.unusable:
        is_picture = not image.is_placed and image.identity in usable
        is_derived = not image.original and image.identity in original
        if not (is_picture or is_derived):
            blocked[image.identity] = image.reason
    return blocked


def no_image_failure(reasons: set[Reason]) -> AnalysisFailed:
    """Return the most specific failure for an upload without an image that can be analysed."""
    for reason, code, message in FAILURES:
        if reason in reasons:
            return AnalysisFailed(code, message)
    return AnalysisFailed(FailureCode.NO_IMAGE, messages.NO_IMAGE)


def series_key(series: ImageSeries | NiftiImage, key: bytes) -> str:
    """Return the keyed hash that identifies a series in a result."""
    return series.content_key if isinstance(series, NiftiImage) else keyed_hash(key, series.uid)


def _volumes_of(series: ImageSeries | NiftiImage) -> int:
    """Return the number of volumes that a candidate stands for: those of one NIfTI file have the same rank."""
    return series.volumes if isinstance(series, NiftiImage) else 1


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
