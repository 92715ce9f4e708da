"""Selection of the segmentation strategy: the first one that applies to the image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analyzer import messages
from analyzer.configuration import AnalysisConfiguration
from analyzer.detection.lung_blob.segmenter import LungBlob
from analyzer.detection.measure_only import MeasureOnly
from analyzer.detection.segmenter import Segmenter
from analyzer.domain.canonical_view import CanonicalView
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import AnalysisWarning, Series, Study
from analyzer.domain.volume import Volume
from analyzer.reading.study_reader import Upload
from analyzer.references.interpret import interpret_references
from analyzer.references.segment import Segment
from chassis.commands.message import Message

MIN_SLICES = 8
MOST_SERIES = 8
"""Series that are decoded before an upload is refused: more would cost minutes."""


@dataclass(frozen=True)
class Chosen:
    """The series to analyse and what will look at it.

    Attributes:
        study: the series, in its own orientation.
        view: its volume in the canonical orientation, which everything is computed in.
        segments: the references, on the canonical volume.
        warnings: about references that were ignored.
        strategy: the first that applies.
    """

    study: Study = field(repr=False)
    view: CanonicalView = field(repr=False)
    segments: Sequence[Segment] = field(repr=False)
    warnings: Sequence[AnalysisWarning]
    strategy: Segmenter


def first_applicable(upload: Upload, configuration: AnalysisConfiguration) -> Chosen:
    """Return the best-ranked series that a strategy applies to: the thinnest series of a study may show another organ.

    Raises:
        AnalysisFailed: what is wrong with the best-ranked series, when no strategy applies to any.
    """
    refusals: list[AnalysisFailed] = []
    for place in range(min(len(upload), MOST_SERIES)):
        try:
            return _prepared(upload.study(place), configuration)
        except AnalysisFailed as failed:
            refusals.append(failed.with_traceback(None))  # a traceback holds the decoded image
            if refusals[0].code is not FailureCode.NOT_APPLICABLE:
                break
    raise refusals[0]


def _prepared(study: Study, configuration: AnalysisConfiguration) -> Chosen:
    require_depth(study.series.volume)
    references = interpret_references(study)
    view = CanonicalView(study.series.volume)
    segments = [_in_canonical_grid(segment, view) for segment in references.segments]
    try:
        strategy = choose(study.series, view.volume, segments, configuration)
    except AnalysisFailed as failed:
        raise _with_reasons(failed, references.warnings) from None
    return Chosen(study, view, segments, references.warnings, strategy)


def _with_reasons(failed: AnalysisFailed, warnings: Sequence[AnalysisWarning]) -> AnalysisFailed:
    """Add to a refusal why the supplied segmentations, which could have been measured, were ignored."""
    if failed.code is not FailureCode.NOT_APPLICABLE or not warnings:
        return failed
    return AnalysisFailed(failed.code, _joined([failed.message, *dict.fromkeys(w.message for w in warnings)]))


def _in_canonical_grid(segment: Segment, view: CanonicalView) -> Segment:
    offset, mask = view.mask_to_canonical(segment.offset, segment.mask)
    return replace(segment, offset=offset, mask=mask)


def require_depth(volume: Volume) -> None:
    """Raise `AnalysisFailed` NOT_APPLICABLE for a single slice, which has no volume."""
    if len(volume.voxels) < 2:
        raise AnalysisFailed(FailureCode.NOT_APPLICABLE, messages.SINGLE_SLICE)


def choose(
    series: Series, volume: Volume, segments: Sequence[Segment], configuration: AnalysisConfiguration
) -> Segmenter:
    """Return the first strategy that applies: the configured model, the lung detector, or measuring the references.

    `volume` and `segments` are in the canonical orientation; what counts as a slice is the series' own matter.

    Raises:
        AnalysisFailed: NOT_APPLICABLE with the reason of each, or MODEL_ERROR.
    """
    reasons: list[Message] = []
    if len(series.volume.voxels) < MIN_SLICES:
        strategies: Iterator[Segmenter] = iter([MeasureOnly(segments)])
        reasons.append(messages.TOO_FEW_SLICES)
    else:
        strategies = _in_order(series, segments, configuration)
    for strategy in strategies:
        reason = strategy.applies(volume)
        if reason is None:
            return strategy
        reasons.append(reason)
    raise AnalysisFailed(FailureCode.NOT_APPLICABLE, _joined(reasons))


def _joined(reasons: Sequence[Message]) -> Message:
    return Message(
        ru=". ".join(reason.ru.rstrip(".") for reason in reasons),
        en=". ".join(reason.en.rstrip(".") for reason in reasons),
    )


def _in_order(series: Series, segments: Sequence[Segment], configuration: AnalysisConfiguration) -> Iterator[Segmenter]:
    if configuration.model_manifest is not None:
        yield _custom_model(configuration.model_manifest, series)
    yield LungBlob()
    yield MeasureOnly(segments)


def _custom_model(manifest: Path, series: Series) -> Segmenter:
    try:
        from analyzer.detection.onnx_model.segmenter import OnnxModel
    except ImportError as error:
        raise AnalysisFailed(FailureCode.MODEL_ERROR, messages.NO_RUNTIME) from error
    body_part = str(series.headers[0].get("BodyPartExamined", "")) if series.headers else ""
    return OnnxModel.load(manifest, body_part)
